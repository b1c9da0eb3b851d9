// What chats are called, and what stands under their names in a list.
import { useQueryClient } from "@tanstack/react-query";
import type { Account, Chat, ChatMessage } from "@/api/types";
import { accountOf } from "@/entities/cache";
import { useAccount } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { t } from "@/text";
import { plainText } from "@/text/readHtml";

/** The other of two: from the cache, because lists bring them along. */
export function useOther(chat: Chat | undefined): Account | undefined {
  const { data } = useAccount(chat?.account_id ?? "");
  return data;
}

export function titleOf(chat: Chat, other: Account | undefined): string {
  if (chat.kind === "group") return chat.name;
  return other ? nameOf(other) : chat.account_id ? "…" : t.chats.goneAccount;
}

export function useTitle(chat: Chat | undefined): string {
  const other = useOther(chat);
  return chat ? titleOf(chat, other) : "";
}

/** A message in a line. */
export function wordsOf(message: ChatMessage): string {
  if (message.deleted) return t.chats.deleted;
  if (message.withheld) return t.chats.withheld;
  const words = plainText(message.content);
  if (words) return words;
  const [first, ...rest] = message.media_attachments ?? [];
  if (!first) return "";
  return t.chats.sent(first.type, rest.length + 1);
}

/** The line under a chat's name: who said what. */
export function usePreview(chat: Chat, me: string): string {
  const cache = useQueryClient();
  const message = chat.last_message;
  if (!message) return chat.role === "invited" && chat.kind === "group" ? t.chats.invitation : "";
  const words = wordsOf(message);
  if (message.account_id === me) return t.chats.youSaid(words);
  if (chat.kind === "direct") return words;
  const author = message.account_id ? accountOf(cache, message.account_id) : undefined;
  return author ? t.chats.said(nameOf(author), words) : words;
}
