// An entity lives once in the query cache, under its own id; lists and other entities hold ids. So a like
// that is changed in one place is changed on every screen, and no list has to be searched for it.
import { QueryClient } from "@tanstack/react-query";
import type { Account, Relationship, Status } from "@/api/types";

/** A status as it lies in the cache: its people and the post it shares are ids. */
export type Post = Omit<Status, "account" | "reblog"> & { accountId: string; sharedId: string | null };

export const keys = {
  post: (id: string) => ["post", id] as const,
  account: (id: string) => ["account", id] as const,
  handle: (handle: string) => ["handle", handle.toLowerCase()] as const,
  relationship: (id: string) => ["relationship", id] as const,
  list: (...name: string[]) => ["list", ...name] as const,
  thread: (id: string) => ["thread", id] as const,
};

const hour = 3_600_000;

export function newCache(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: hour / 2,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 2 && !("status" in error && Number(error.status) < 500),
      },
    },
  });
  // Lists point at entities, so an entity must outlive the lists. What is live comes by the stream.
  for (const kind of ["post", "account", "relationship"]) {
    client.setQueryDefaults([kind], { staleTime: hour, gcTime: hour });
  }
  return client;
}

export function keepAccount(cache: QueryClient, account: Account): string {
  cache.setQueryData<Account>(keys.account(account.id), account);
  cache.setQueryData<string>(keys.handle(account.acct), account.id);
  return account.id;
}

export function keepStatus(cache: QueryClient, status: Status): string {
  const { account, reblog, ...rest } = status;
  keepAccount(cache, account);
  const sharedId = reblog ? keepStatus(cache, reblog) : null;
  cache.setQueryData<Post>(keys.post(status.id), (before) => ({
    // Streams speak for everyone and leave out what the viewer did; what is known stays.
    ...(before && pickOwn(before)),
    ...rest,
    accountId: account.id,
    sharedId,
  }));
  return status.id;
}

const pickOwn = ({ favourited, reblogged, bookmarked, muted, pinned }: Post) => ({
  favourited,
  reblogged,
  bookmarked,
  muted,
  pinned,
});

export const keepStatuses = (cache: QueryClient, list: readonly Status[]) =>
  list.map((status) => keepStatus(cache, status));
export const keepAccounts = (cache: QueryClient, list: readonly Account[]) =>
  list.map((account) => keepAccount(cache, account));

export function keepRelationships(cache: QueryClient, list: readonly Relationship[]) {
  for (const one of list) cache.setQueryData<Relationship>(keys.relationship(one.id), one);
}

export const postOf = (cache: QueryClient, id: string) => cache.getQueryData<Post>(keys.post(id));
export const accountOf = (cache: QueryClient, id: string) => cache.getQueryData<Account>(keys.account(id));

export function changePost(cache: QueryClient, id: string, change: (post: Post) => Post) {
  cache.setQueryData<Post>(keys.post(id), (post) => post && change(post));
}
export function changeRelationship(
  cache: QueryClient,
  id: string,
  change: (relationship: Relationship) => Relationship,
) {
  cache.setQueryData<Relationship>(keys.relationship(id), (one) => one && change(one));
}

type ListData = { pages: { ids: string[]; next: string | null }[]; pageParams: unknown[] };

/** Takes an id out of every list (a deleted post, an answered request). */
export function dropFromLists(cache: QueryClient, id: string, prefix: readonly string[] = ["list"]) {
  cache.setQueriesData<ListData>({ queryKey: prefix }, (data) =>
    data?.pages
      ? { ...data, pages: data.pages.map((one) => ({ ...one, ids: one.ids.filter((each) => each !== id) })) }
      : data,
  );
}

/** Puts ids on top of a list that is loaded; one that is not will read them itself. */
export function putOnTop(cache: QueryClient, key: readonly string[], ids: readonly string[]) {
  cache.setQueryData<ListData>(key, (data) => {
    const [first, ...rest] = data?.pages ?? [];
    if (!data || !first) return data;
    const fresh = ids.filter((id) => !data.pages.some((one) => one.ids.includes(id)));
    return { ...data, pages: [{ ...first, ids: [...fresh, ...first.ids] }, ...rest] };
  });
}
