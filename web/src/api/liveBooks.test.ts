import { expect, test } from "vitest";
import { status } from "@/entities/fixtures";
import { keepBooks } from "./liveBooks";
import type { ServerEvents, Told } from "./liveTypes";

const message = (chat_id: string, number: number, mark: string): Told => ({
  event: "chat.message",
  body: {
    chat_id,
    mark,
    account: null,
    message: { id: `${chat_id}-${number}`, chat_id, number } as ServerEvents["chat.message"]["message"],
  },
});
const ready = (mark: string): Told => ({ event: "ready", body: { mark } });
const update = (mark: string): Told => ({
  event: "update",
  body: { stream: ["user"], status: status("1"), mark },
});

test("the first connection has nothing to resume, and a later one says where it was", () => {
  const books = keepBooks();
  expect(books.resume()).toBeNull();
  books.hear(ready("a"));
  books.hear(update("b"));
  books.hear(message("7", 3, "x"));
  books.hear(ready("z"));
  expect(books.resume()).toEqual({ chats: [{ id: "7", number: 3, mark: "x" }], mark: "b" });
});

test("a change moves the mark of a chat and not its number; an older number does not move it back", () => {
  const books = keepBooks();
  books.hear(ready("a"));
  books.hear(message("7", 3, "x"));
  const [told] = [message("7", 1, "y")];
  if (told?.event === "chat.message") books.hear({ event: "chat.changed", body: told.body });
  books.hold("7", 2);
  expect(books.resume()?.chats).toEqual([{ id: "7", number: 3, mark: "y" }]);
  books.hear({ event: "chat.gone", body: { chat_id: "7" } });
  expect(books.resume()?.chats).toEqual([]);
});

test("after a resume it goes on from where the server brought it, or says that something must be read again", () => {
  const books = keepBooks();
  books.hear(ready("a"));
  books.hear(message("7", 3, "x"));
  books.hear(message("8", 9, "x"));
  const had = books.resume();
  books.hear(ready("z"));
  expect(
    books.resumed(had?.mark ?? "", {
      chats: [{ id: "7", resync: false, number: 5, mark: "q" }],
      feeds: "ok",
    }),
  ).toBe(false);
  expect(books.resume()).toEqual({
    chats: [
      { id: "8", number: 9, mark: "x" },
      { id: "7", number: 5, mark: "q" },
    ],
    mark: "z",
  });
  const lost = { chats: [{ id: "8", resync: true, number: 0, mark: "" }], feeds: "ok" as const };
  expect(books.resumed("z", lost)).toBe(true);
  expect(books.resume()?.chats.map((one) => one.id)).toEqual(["7"]);
  expect(books.resumed("z", { chats: [], feeds: "resync" })).toBe(true);
});

test("an event that came during a resume is not forgotten for the mark of its start", () => {
  const books = keepBooks();
  books.hear(ready("a"));
  const had = books.resume();
  books.hear(ready("m"));
  books.hear(update("n"));
  books.resumed(had?.mark ?? "", { chats: [], feeds: "ok" });
  expect(books.resume()?.mark).toBe("n");
});

test("of many chats those that moved last are kept", () => {
  const books = keepBooks();
  books.hear(ready("a"));
  for (let chat = 0; chat < 205; chat += 1) books.hear(message(String(chat), 1, "x"));
  const held = books.resume()?.chats ?? [];
  expect(held).toHaveLength(200);
  expect(held[0]?.id).toBe("5");
});
