// What this client has of each chat and of the feeds, so that a new connection gives just what was missed.
// Every tab keeps these books, because any tab may be the next to hold the connection.
import type { Held, Resumed, Told } from "./liveTypes";

/** Chats beyond these are read anew when they are opened. */
const most = 200;

export type Books = ReturnType<typeof keepBooks>;

export function keepBooks() {
  // The chat that moved last is the last one.
  const chats = new Map<string, Held>();
  let feed: string | null = null;
  let feedAtReady: string | null = null;

  const note = (id: string, number: number, mark: string) => {
    const before = chats.get(id);
    chats.delete(id);
    chats.set(id, { id, number: Math.max(number, before?.number ?? 0), mark: mark || (before?.mark ?? "") });
    for (const oldest of [...chats.keys()].slice(0, Math.max(0, chats.size - most))) chats.delete(oldest);
  };

  return {
    hear({ event, body }: Told) {
      if (event === "update") feed = body.mark;
      else if (event === "chat.message") note(body.chat_id, body.message.number, body.mark);
      else if (event === "chat.changed") note(body.chat_id, 0, body.mark);
      else if (event === "chat.gone") chats.delete(body.chat_id);
      else if (event === "ready") {
        feedAtReady = body.mark;
        // The first connection has missed nothing; a later one says first where it was.
        feed ??= body.mark;
      }
    },
    /** A list that was read by REST tells what it has. */
    hold: (id: string, number: number, mark = "") => note(id, number, mark),
    /** What to say after a reconnect; null if there is nothing to resume. */
    resume: () => (feed === null ? null : { chats: [...chats.values()], mark: feed }),
    /** Takes over where the server brought us; true if something has to be read again. */
    resumed(saidMark: string, answer: Resumed): boolean {
      for (const { id, resync, number, mark } of answer.chats) {
        if (resync) chats.delete(id);
        else note(id, number, mark);
      }
      // An event that came meanwhile is newer than what was said at the start.
      if (feed === saidMark) feed = feedAtReady;
      return answer.feeds === "resync" || answer.chats.some((one) => one.resync);
    },
  };
}
