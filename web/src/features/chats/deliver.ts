// The way out for a message: by the live connection if there is one, else by REST. Both name it the same, so a
// message whose acknowledgement was lost on one way may be repeated on the other.
import { type ChatDraft, chats, messages } from "@/api/chats";
import { LiveError, live } from "@/api/live";
import type { Chat, ChatMessage } from "@/api/types";
import { connected } from "./connection";

export async function deliver(chatId: string, draft: ChatDraft): Promise<ChatMessage> {
  if (connected()) {
    try {
      return (await live.ask("chat.send", { chat_id: chatId, ...draft })).message;
    } catch (error) {
      // The connection went away under it.
      if (!(error instanceof LiveError && error.code === "offline")) throw error;
    }
  }
  return messages.send(chatId, draft);
}

/** Tells the server how far one has read. What does not arrive is told with the next message. */
export function tellRead(chatId: string, number: number): void {
  const told = connected() ? live.ask("chat.read", { chat_id: chatId, number }) : chats.read(chatId, number);
  told.catch(() => undefined);
}

/** Tells the server that one has what was said up to a number; where nothing is live nobody waits for it. */
export function tellDelivered(chatId: string, number: number): void {
  if (connected()) live.ask("chat.delivered", { chat_id: chatId, number }).catch(() => undefined);
}

/** The same of what was said while one was away, and that the list brings. */
export function tellReceived({ id, role, unread_count, last_number }: Chat): void {
  if (unread_count > 0 && role !== "invited") tellDelivered(id, last_number);
}
