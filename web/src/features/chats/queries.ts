// Reading chats: lists, one, its members and receipts. Where nothing is live they are read again now and then.
import { type QueryClient, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { chats } from "@/api/chats";
import { isStatus } from "@/api/errors";
import type { Chat, ChatMember, ChatReceipt } from "@/api/types";
import { keepAccounts } from "@/entities/cache";
import { type ChatIds, chatKeys, keepChats, keepOne } from "./cache";
import { pollEvery, useConnected } from "./connection";
import { tellReceived } from "./deliver";

const first: string | null = null;

function useChatIds(key: readonly string[], read: typeof chats.list) {
  const cache = useQueryClient();
  const online = useConnected();
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: async ({ pageParam, signal }): Promise<ChatIds> => {
      const page = await read(pageParam, signal);
      page.chats.forEach(tellReceived);
      return { ids: keepChats(cache, page.chats, page.accounts), next: page.next };
    },
    initialPageParam: first,
    getNextPageParam: (last) => last.next,
    refetchOnMount: "always",
    refetchInterval: online ? false : 3 * pollEvery,
    refetchOnWindowFocus: !online,
  });
  const { data } = query;
  const ids = useMemo(() => [...new Set(data?.pages.flatMap((one) => one.ids))], [data]);
  return { ...query, ids };
}

export const useChats = () => useChatIds(chatKeys.list, chats.list);
export const useChatRequests = () => useChatIds(chatKeys.requests, chats.requests);

export function useChat(id: string) {
  const cache = useQueryClient();
  return useQuery<Chat>({
    queryKey: chatKeys.chat(id),
    queryFn: async () => keepOne(cache, await chats.one(id)),
    refetchOnMount: "always",
  });
}

/** A row of a list: what the list brought, and nothing asked. */
export function useKnownChat(id: string) {
  const cache = useQueryClient();
  return useQuery<Chat>({
    queryKey: chatKeys.chat(id),
    queryFn: async () => keepOne(cache, await chats.one(id)),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
}

const membersOf = (cache: QueryClient, id: string) => ({
  queryKey: chatKeys.members(id),
  queryFn: async (): Promise<ChatMember[]> => {
    const members = await chats.members(id);
    keepAccounts(
      cache,
      members.map((one) => one.account),
    );
    return members;
  },
});

export function useMembers(id: string, wanted = true) {
  const cache = useQueryClient();
  return useQuery({ ...membersOf(cache, id), enabled: wanted, staleTime: 0 });
}

/** The others of a group, who are offered first when one names somebody there. */
export function useOthersNear(chat: Chat, me: string) {
  const cache = useQueryClient();
  if (chat.kind !== "group") return undefined;
  const people = async () => {
    const members = await cache.fetchQuery({ ...membersOf(cache, chat.id), staleTime: 60_000 });
    return members.map((one) => one.account).filter(({ id }) => id !== me);
  };
  return { key: chat.id, people };
}

const noReceipts: readonly ChatReceipt[] = [];
export function useReceipts(id: string): readonly ChatReceipt[] {
  const online = useConnected();
  const { data } = useQuery<ChatReceipt[]>({
    queryKey: chatKeys.receipts(id),
    queryFn: async () => {
      try {
        return await chats.receipts(id);
      } catch (error) {
        // An older server tells none.
        if (isStatus(error, 404)) return [];
        throw error;
      }
    },
    refetchInterval: online ? false : 2 * pollEvery,
    retry: false,
  });
  return data ?? noReceipts;
}
