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

/** What is still to be told of as delivered: of each chat the newest number. */
const due = new Map<string, number>();
/** Milliseconds between two of them: who comes back to a hundred chats has words of their own to send meanwhile. */
const apart = 60;
let telling = false;

/** Tells the server that one has what was said up to a number; where nothing is live nobody waits for it. */
export function tellDelivered(chatId: string, number: number): void {
  due.set(chatId, Math.max(number, due.get(chatId) ?? 0));
  if (!telling) void tellAll();
}

async function tellAll() {
  telling = true;
  // What comes meanwhile is at the end, and has its turn.
  for (const [chat_id, number] of due) {
    due.delete(chat_id);
    if (!connected()) continue;
    live.ask("chat.delivered", { chat_id, number }).catch(() => undefined);
    await new Promise((done) => setTimeout(done, apart));
  }
  telling = false;
}

/** The same of what was said while one was away, and that the list brings. */
export function tellReceived({ id, role, unread_count, last_number }: Chat): void {
  if (unread_count > 0 && role !== "invited") tellDelivered(id, last_number);
}
