// Where chats lie in the query cache: each chat once under its id, lists hold ids, a window of messages per chat that
// was opened. What the server tells or answers is put there by these functions and nowhere else.
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { chats, messages } from "@/api/chats";
import type { Unread } from "@/api/liveTypes";
import type { Account, Chat, ChatMessage, ChatReceipt, OneChat } from "@/api/types";
import { dropFromLists, keepAccount, keepAccounts, keepStatus, keys } from "@/entities/cache";
import { badgesKey } from "@/features/notifications/badges";
import { connected } from "./connection";
import { arrive, change, joinNewer, lastNumber, pageSize, refresh, type Window } from "./window";

export const chatKeys = {
  chat: (id: string) => ["chat", id] as const,
  list: keys.list("chats"),
  requests: keys.list("chat-requests"),
  window: (id: string) => ["chat-messages", id] as const,
  one: (chat: string, id: string) => ["chat-message", chat, id] as const,
  members: (id: string) => ["chat-members", id] as const,
  receipts: (id: string) => ["chat-receipts", id] as const,
};

export type ChatIds = { ids: string[]; next: string | null };

export const chatOf = (cache: QueryClient, id: string) => cache.getQueryData<Chat>(chatKeys.chat(id));
export const windowOf = (cache: QueryClient, id: string) => cache.getQueryData<Window>(chatKeys.window(id));

export function keepChats(cache: QueryClient, list: readonly Chat[], people: readonly Account[]): string[] {
  keepAccounts(cache, people);
  for (const chat of list) cache.setQueryData<Chat>(chatKeys.chat(chat.id), chat);
  return list.map((chat) => chat.id);
}

export function keepOne(cache: QueryClient, { chat, accounts }: OneChat): Chat {
  keepChats(cache, [chat], accounts);
  return chat;
}

export function changeChat(cache: QueryClient, id: string, how: (chat: Chat) => Chat) {
  cache.setQueryData<Chat>(chatKeys.chat(id), (chat) => chat && how(chat));
}

/** Posts that messages link to are entities like all others. */
export function keepLinked(cache: QueryClient, list: readonly ChatMessage[]) {
  for (const { status } of list) if (status) keepStatus(cache, status);
}

export function setWindow(cache: QueryClient, id: string, how: (window: Window) => Window) {
  cache.setQueryData<Window>(chatKeys.window(id), (window) => window && how(window));
}

/** A chat that something happened in stands first. */
export function moveToTop(cache: QueryClient, id: string) {
  cache.setQueryData<InfiniteData<ChatIds>>(chatKeys.list, (data) => {
    const [first, ...rest] = data?.pages ?? [];
    if (!data || !first || first.ids[0] === id) return data;
    const without = (page: ChatIds) => ({ ...page, ids: page.ids.filter((one) => one !== id) });
    return { ...data, pages: [{ ...first, ids: [id, ...without(first).ids] }, ...rest.map(without)] };
  });
}

/** Reads from the server whatever is newer than the window, and all of its newest page again. */
export async function catchUp(cache: QueryClient, id: string): Promise<void> {
  const before = windowOf(cache, id);
  if (!before?.end) return;
  const newest = await messages.page(id, { limit: pageSize });
  keepAccounts(cache, newest.accounts);
  keepLinked(cache, newest.messages);
  let meets = true;
  setWindow(cache, id, (window) => {
    const fresh = refresh(window, newest.messages, pageSize);
    meets = fresh !== false;
    return fresh || { ...window, end: false };
  });
  // More came than a page holds: on from what is there, until the end is reached.
  while (!meets) {
    const window = windowOf(cache, id);
    if (!window || window.end) return;
    const page = await messages.page(id, { after: lastNumber(window), limit: pageSize });
    keepAccounts(cache, page.accounts);
    keepLinked(cache, page.messages);
    setWindow(cache, id, (now) => joinNewer(now, page.messages, pageSize));
  }
}

/** A message that was sent by anybody, by whatever way it came. */
export function takeMessage(
  cache: QueryClient,
  message: ChatMessage,
  account: Account | null,
  me: string,
): void {
  if (account) keepAccount(cache, account);
  keepLinked(cache, [message]);
  const window = windowOf(cache, message.chat_id);
  if (window) {
    const { window: next, gap } = arrive(window, message);
    setWindow(cache, message.chat_id, () => next);
    // What is missed is read at the next chance, too.
    if (gap) catchUp(cache, message.chat_id).catch(() => undefined);
  }
  const mine = message.account_id === me;
  if (!chatOf(cache, message.chat_id)) {
    void readChat(cache, message.chat_id);
    return;
  }
  changeChat(cache, message.chat_id, (chat) => withMessage(chat, message, mine));
  moveToTop(cache, message.chat_id);
}

/** A chat with its newest message; one's own are read by oneself, and what came twice counts once. */
export function withMessage(chat: Chat, message: ChatMessage, mine: boolean): Chat {
  if (message.number < chat.last_number) return chat;
  const read_number = mine ? message.number : chat.read_number;
  const fresh = message.number > chat.last_number && !mine;
  return {
    ...chat,
    last_message: message,
    last_number: message.number,
    read_number,
    unread_count: mine ? 0 : chat.unread_count + (fresh ? 1 : 0),
  };
}

export function takeChange(cache: QueryClient, message: ChatMessage) {
  keepLinked(cache, [message]);
  setWindow(cache, message.chat_id, (window) => change(window, message));
  cache.setQueryData<ChatMessage>(chatKeys.one(message.chat_id, message.id), (one) => one && message);
  changeChat(cache, message.chat_id, (chat) =>
    chat.last_message?.id === message.id ? { ...chat, last_message: message } : chat,
  );
}

/** One has read up to a number, here or elsewhere; it never goes back. */
export function takeRead(cache: QueryClient, id: string, number: number) {
  const before = chatOf(cache, id);
  if (!before || number <= before.read_number) return;
  const unread_count =
    number >= before.last_number ? 0 : Math.min(before.unread_count, before.last_number - number);
  changeChat(cache, id, (chat) => ({ ...chat, read_number: number, unread_count }));
  if (before.unread_count > 0 && unread_count === 0 && !before.muted)
    cache.setQueryData<Unread>(
      badgesKey,
      (count) => count && { ...count, chats: Math.max(0, count.chats - 1) },
    );
}

export function takeReceipt(
  cache: QueryClient,
  chat: string,
  account_id: string,
  part: Partial<Omit<ChatReceipt, "account_id">>,
) {
  cache.setQueryData<ChatReceipt[]>(chatKeys.receipts(chat), (all) => {
    if (!all) return all;
    const before = all.find((one) => one.account_id === account_id);
    const read_number = Math.max(before?.read_number ?? 0, part.read_number ?? 0);
    const delivered_number = Math.max(before?.delivered_number ?? 0, part.delivered_number ?? 0, read_number);
    return [
      ...all.filter((one) => one.account_id !== account_id),
      { account_id, read_number, delivered_number },
    ];
  });
}

export async function readChat(cache: QueryClient, id: string): Promise<void> {
  const chat = await chats.one(id).then(
    (one) => keepOne(cache, one),
    () => null,
  );
  if (chat) listAgain(cache);
}

export function listAgain(cache: QueryClient) {
  for (const queryKey of [chatKeys.list, chatKeys.requests]) void cache.invalidateQueries({ queryKey });
  countAgain(cache).catch(() => undefined);
}

/** One is out of it: it is in no list, and nothing of it is kept. */
export function forgetChat(cache: QueryClient, id: string) {
  for (const key of [chatKeys.window(id), chatKeys.members(id), chatKeys.receipts(id)])
    cache.removeQueries({ queryKey: key });
  leaveChat(cache, id);
}

/** It is in no list, and is asked for anew: also where an answer that was on its way meanwhile brought it back. */
export function leaveChat(cache: QueryClient, id: string) {
  dropFromLists(cache, id, chatKeys.list);
  dropFromLists(cache, id, chatKeys.requests);
  void cache.invalidateQueries({ queryKey: chatKeys.chat(id) });
  countAgain(cache).catch(() => undefined);
}

/** How many chats hold something new, and requests; the live connection tells it, and else it is counted here. */
export async function countAgain(cache: QueryClient): Promise<void> {
  if (connected()) return;
  const [mine, asking] = await Promise.all([chats.list(null), chats.requests(null)]);
  keepChats(cache, mine.chats, mine.accounts);
  keepChats(cache, asking.chats, asking.accounts);
  cache.setQueryData<Unread>(badgesKey, (known) => ({
    notifications: known?.notifications ?? 0,
    chats: mine.chats.filter((chat) => chat.unread_count > 0 && !chat.muted).length,
    requests: asking.chats.length,
  }));
}
