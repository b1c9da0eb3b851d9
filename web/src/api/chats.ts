// Chats by REST: every route of docs/use/chat.md that the client uses.
import { asked, change, get } from "./client";
import type {
  ChatMember,
  ChatMessage,
  ChatPage,
  ChatReceipt,
  ChatSearch,
  CredentialAccount,
  MessagePage,
  MessagePrivacy,
  OneChat,
} from "./types";

const own = "/api/sociosphere/v1";
const root = `${own}/chats`;
/** A message is sent, or refused, within this time; after it nobody knows, and it is sent again under its name. */
const patience = 20_000;

export type ChatDraft = {
  client_id: string;
  text: string;
  reply_to_id?: string;
  media_ids?: string[];
};
/** Where a page of messages lies; the newest if it says nothing. */
export type MessagePlace = { before?: number; after?: number; around?: number; limit?: number };
export type ChatRole = "member" | "admin" | "owner";

export const chats = {
  list: (max_id: string | null, signal?: AbortSignal) => get<ChatPage>(root, { limit: 20, max_id }, signal),
  requests: (max_id: string | null, signal?: AbortSignal) =>
    get<ChatPage>(`${root}/requests`, { limit: 20, max_id }, signal),
  one: (id: string) => get<OneChat>(`${root}/${id}`),
  open: (account_id: string) => change<OneChat>("POST", root, { account_id }),
  openGroup: (name: string, account_ids: readonly string[]) =>
    change<OneChat>("POST", `${root}/groups`, { name, account_ids }),
  accept: (id: string) => change<OneChat>("POST", `${root}/${id}/accept`),
  answer: (id: string, verb: "ignore" | "block") => change("POST", `${root}/${id}/${verb}`),
  mute: (id: string, on: boolean) => change("POST", `${root}/${id}/${on ? "mute" : "unmute"}`),
  read: (id: string, number: number) =>
    change<{ read_number: number }>("POST", `${root}/${id}/read`, { number }),
  change: (id: string, part: { name?: string; picture_id?: string }) =>
    change<OneChat>("PATCH", `${root}/${id}`, part),
  members: (id: string) => get<ChatMember[]>(`${root}/${id}/members`),
  invite: (id: string, account_ids: readonly string[]) =>
    change("POST", `${root}/${id}/members`, { account_ids }),
  remove: (id: string, account: string) => change("DELETE", `${root}/${id}/members/${account}`),
  setRole: (id: string, account: string, role: ChatRole) =>
    change("PUT", `${root}/${id}/members/${account}`, { role }),
  leave: (id: string) => change("POST", `${root}/${id}/leave`),
  receipts: async (id: string) => (await get<{ receipts: ChatReceipt[] }>(`${root}/${id}/receipts`)).receipts,
  search: (q: string, options: { chat_id?: string; before?: string | null }, signal?: AbortSignal) =>
    get<ChatSearch>(`${root}/search`, { q, limit: 20, ...options }, signal),
};

export const messages = {
  page: (chat: string, place: MessagePlace, signal?: AbortSignal) =>
    get<MessagePage>(`${root}/${chat}/messages`, place, signal),
  one: (chat: string, id: string) => get<ChatMessage>(`${root}/${chat}/messages/${id}`),
  send: async (chat: string, draft: ChatDraft) =>
    (
      await asked<ChatMessage>(`${root}/${chat}/messages`, {
        method: "POST",
        json: draft,
        signal: AbortSignal.timeout(patience),
      })
    ).body,
  edit: (chat: string, id: string, text: string) =>
    change<ChatMessage>("PUT", `${root}/${chat}/messages/${id}`, { text }),
  remove: (chat: string, id: string) => change<ChatMessage>("DELETE", `${root}/${chat}/messages/${id}`),
  react: (chat: string, id: string, emoji: string, on: boolean) =>
    change<ChatMessage>("POST", `${root}/${chat}/messages/${id}/${on ? "react" : "unreact"}`, { emoji }),
};

/** What the signed-in person lets others see of their messages. */
export const messagePrivacyOf = (account: CredentialAccount): MessagePrivacy => ({
  who_may_message: "everyone",
  ...(account.source.sociosphere as MessagePrivacy | undefined),
});
