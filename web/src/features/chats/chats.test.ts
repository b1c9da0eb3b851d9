import { expect, test } from "vitest";
import { newCache } from "@/entities/cache";
import { dayLine, listTime } from "@/text/time";
import { chatKeys, moveToTop, takeRead, takeReceipt, withMessage } from "./cache";
import { chat, message, messagesOf } from "./fixtures";
import { withReaction } from "./mutations";
import { readersBy } from "./receipts";

test("a message counts once as unread, however it comes, and one's own reads all", () => {
  const before = chat({ last_number: 2, read_number: 1, unread_count: 1 });
  const once = withMessage(before, message(3), false);
  expect(once).toMatchObject({ last_number: 3, unread_count: 2 });
  expect(withMessage(once, message(3), false)).toMatchObject({ unread_count: 2 });
  expect(withMessage(once, message(2), false)).toBe(once);
  expect(withMessage(once, message(4), true)).toMatchObject({ unread_count: 0, read_number: 4 });
});

test("how far one has read never goes back", () => {
  const cache = newCache();
  cache.setQueryData(chatKeys.chat("c"), chat({ last_number: 9, read_number: 4, unread_count: 5 }));
  takeRead(cache, "c", 7);
  expect(cache.getQueryData(chatKeys.chat("c"))).toMatchObject({ read_number: 7, unread_count: 2 });
  takeRead(cache, "c", 5);
  expect(cache.getQueryData(chatKeys.chat("c"))).toMatchObject({ read_number: 7 });
  takeRead(cache, "c", 9);
  expect(cache.getQueryData(chatKeys.chat("c"))).toMatchObject({ unread_count: 0 });
});

test("a chat goes to the top from whichever page it was on", () => {
  const cache = newCache();
  const pages = [
    { ids: ["a", "b"], next: "n" },
    { ids: ["c"], next: null },
  ];
  cache.setQueryData(chatKeys.list, { pages, pageParams: [null, "n"] });
  moveToTop(cache, "c");
  expect(cache.getQueryData(chatKeys.list)).toMatchObject({
    pages: [{ ids: ["c", "a", "b"] }, { ids: [] }],
  });
});

test("who has read a message has it, and each face stands once, at the newest that was read", () => {
  const cache = newCache();
  cache.setQueryData(chatKeys.receipts("c"), []);
  takeReceipt(cache, "c", "bo", { delivered_number: 3 });
  takeReceipt(cache, "c", "bo", { read_number: 2 });
  takeReceipt(cache, "c", "bo", { read_number: 1 });
  expect(cache.getQueryData(chatKeys.receipts("c"))).toEqual([
    { account_id: "bo", read_number: 2, delivered_number: 3 },
  ]);
  const { read, stateOf } = readersBy(
    [{ account_id: "bo", read_number: 2, delivered_number: 3 }],
    [1, 2, 4].map((number) => message(number, { account_id: "me" })),
    "me",
  );
  expect([...read]).toEqual([["m2", ["bo"]]]);
  // Not under what they said themselves.
  const own = readersBy([{ account_id: "bo", read_number: 2, delivered_number: 2 }], messagesOf(1, 2), "me");
  expect([...own.read]).toEqual([]);
  expect([stateOf(2), stateOf(3), stateOf(4)]).toEqual(["read", "delivered", "sent"]);
});

test("a reaction is there once, and the last one to go takes it along", () => {
  const plain = message(1, { reactions: [{ emoji: "👍", count: 1, me: false }] });
  const on = withReaction(plain, "👍", true);
  expect(on.reactions).toEqual([{ emoji: "👍", count: 2, me: true }]);
  expect(withReaction(on, "👍", true)).toBe(on);
  const own = withReaction(message(1), "🌼", true);
  expect(own.reactions).toEqual([{ emoji: "🌼", count: 1, me: true }]);
  expect(withReaction(own, "🌼", false).reactions).toEqual([]);
});

test("days are said as people say them", () => {
  const now = new Date(2026, 10, 26, 20, 0).getTime();
  const iso = (day: number, hour = 12) => new Date(2026, 10, day, hour, 5).toISOString();
  const words = { today: "Today", yesterday: "Yesterday" };
  expect(dayLine(iso(26, 0), words, now)).toBe("Today");
  expect(dayLine(iso(25, 23), words, now)).toBe("Yesterday");
  expect(dayLine(iso(21), words, now)).toBe("Saturday");
  expect(dayLine(iso(3), words, now)).toBe("Tuesday 3 November");
  expect(listTime(iso(26, 9), "Yesterday", now)).toBe("09:05");
  expect(listTime(iso(25, 9), "Yesterday", now)).toBe("Yesterday");
  expect(listTime(iso(21), "Yesterday", now)).toBe("Sat");
});
