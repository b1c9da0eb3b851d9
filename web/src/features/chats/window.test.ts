import { expect, test } from "vitest";
import { message, messagesOf } from "./fixtures";
import { arrive, change, fromAround, fromNewest, joinNewer, joinOlder, refresh } from "./window";

const numbers = ({ messages }: { messages: readonly { number: number }[] }) =>
  messages.map((one) => one.number);

test("a page around a number knows which ends it reached", () => {
  expect(fromAround(messagesOf(4, 5, 6, 7), 5, 4)).toMatchObject({ start: false, end: false });
  expect(fromAround(messagesOf(1, 2, 3), 1, 4)).toMatchObject({ start: true, end: false });
  expect(fromAround(messagesOf(4, 5), 5, 4)).toMatchObject({ start: false, end: true });
});

test("history joins on both sides in order, each number once", () => {
  let window = fromAround(messagesOf(4, 5, 6, 7), 5, 4);
  window = joinOlder(window, messagesOf(2, 3, 4), 3);
  expect(numbers(window)).toEqual([2, 3, 4, 5, 6, 7]);
  expect(window).toMatchObject({ start: false, grown: "before" });
  window = joinOlder(window, messagesOf(1), 3);
  window = joinNewer(window, messagesOf(9, 8), 3);
  expect(numbers(window)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(window).toMatchObject({ start: true, end: true, grown: null });
});

test("a message that comes live is added at the end, and one that came already changes nothing", () => {
  const window = fromNewest(messagesOf(1, 2), 50);
  const { window: next, gap } = arrive(window, message(3));
  expect(gap).toBe(false);
  expect(numbers(next)).toEqual([1, 2, 3]);
  expect(numbers(arrive(next, message(3)).window)).toEqual([1, 2, 3]);
});

test("where numbers are missing before it, the message waits until they were read", () => {
  const window = fromNewest(messagesOf(1, 2), 50);
  const { window: same, gap } = arrive(window, message(5));
  expect(gap).toBe(true);
  expect(numbers(same)).toEqual([1, 2]);
  // Number 4 is missing for ever: its author deleted their account.
  const filled = refresh(window, messagesOf(1, 2, 3, 5), 50);
  expect(filled && numbers(filled)).toEqual([1, 2, 3, 5]);
});

test("in the middle of history what comes live is for later", () => {
  const window = fromAround(messagesOf(4, 5, 6, 7), 5, 4);
  expect(numbers(arrive(window, message(8)).window)).toEqual([4, 5, 6, 7]);
});

test("the newest page read again brings what is new and what became other, and leaves no gap", () => {
  const window = fromNewest(messagesOf(1, 2, 3), 3);
  const again = refresh(window, [message(2, { deleted: true }), ...messagesOf(3, 4)], 3);
  expect(again && numbers(again)).toEqual([1, 2, 3, 4]);
  expect(again).toMatchObject({ messages: [{}, { deleted: true }, {}, {}] });
  expect(refresh(window, messagesOf(7, 8, 9), 3)).toBe(false);
});

test("a change to a message that is not there makes nothing up", () => {
  const window = fromNewest(messagesOf(1, 2), 50);
  expect(change(window, message(9, { deleted: true }))).toBe(window);
  expect(change(window, message(2, { deleted: true })).messages[1]?.deleted).toBe(true);
});
