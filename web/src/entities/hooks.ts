// Reading entities and lists of ids from the cache.
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Page } from "@/api/client";
import { accounts, type Cursor, statuses } from "@/api/endpoints";
import type { Account, Relationship, Status } from "@/api/types";
import { useSession } from "@/app/useSession";
import { batchOf } from "./batch";
import { keepAccount, keepAccounts, keepStatus, keepStatuses, keys, postOf } from "./cache";

export function usePost(id: string) {
  const cache = useQueryClient();
  return useQuery({
    queryKey: keys.post(id),
    queryFn: async () => {
      keepStatus(cache, await statuses.one(id));
      const post = postOf(cache, id);
      if (!post) throw new Error("the cache lost what it was just given");
      return post;
    },
  });
}

/** An empty id is not known yet: nothing is asked. */
export function useAccount(id: string) {
  return useQuery({ queryKey: keys.account(id), queryFn: () => accounts.one(id), enabled: id !== "" });
}

export function useAccountByHandle(handle: string) {
  const cache = useQueryClient();
  const found = useQuery({
    queryKey: keys.handle(handle),
    queryFn: async () => keepAccount(cache, await accounts.byHandle(handle)),
    staleTime: 0,
  });
  const account = useQuery<Account>({
    queryKey: keys.account(found.data ?? ""),
    queryFn: () => accounts.one(found.data ?? ""),
    enabled: found.data !== undefined,
  });
  return { account: account.data, error: found.error ?? account.error, retry: () => void found.refetch() };
}

const askRelationships = batchOf<Relationship>((ids) => accounts.relationships(ids));

/** How the signed-in person stands to another; rows of one screen ask in one request. */
export function useRelationship(id: string) {
  const session = useSession();
  const mine = session.status === "signed-in" ? session.account.id : null;
  return useQuery({
    queryKey: keys.relationship(id),
    queryFn: () => askRelationships(id),
    enabled: mine !== null && id !== "" && mine !== id,
  });
}

const firstPage: Cursor = null;
type ListOptions = { enabled?: boolean; staleTime?: number };

function useIds<T>(
  key: readonly string[],
  read: (cursor: Cursor, signal?: AbortSignal) => Promise<Page<T>>,
  keep: (items: readonly T[]) => string[],
  options: ListOptions,
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: async ({ pageParam, signal }) => {
      const { items, next } = await read(pageParam, signal);
      return { ids: keep(items), next };
    },
    initialPageParam: firstPage,
    getNextPageParam: (last) => last.next,
    ...options,
  });
  const { data } = query;
  const ids = useMemo(() => [...new Set(data?.pages.flatMap((one) => one.ids))], [data]);
  return { ...query, ids };
}

export function usePostList(
  key: readonly string[],
  read: (cursor: Cursor, signal?: AbortSignal) => Promise<Page<Status>>,
  options: ListOptions = {},
) {
  const cache = useQueryClient();
  return useIds(key, read, (items) => keepStatuses(cache, items), options);
}

export function useAccountList(
  key: readonly string[],
  read: (cursor: Cursor) => Promise<Page<Account>>,
  options: ListOptions = {},
) {
  const cache = useQueryClient();
  return useIds(key, read, (items) => keepAccounts(cache, items), options);
}
