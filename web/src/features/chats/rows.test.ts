import { expect, test } from "vitest";
import { message } from "./fixtures";
import { rowsOf } from "./rows";

const at = (day: number, hour: number, minute: number) => new Date(2026, 10, day, hour, minute).toISOString();
const keyOf = (id: string) => id;
const rows = (messages: ReturnType<typeof message>[], readAt: number | null = null) =>
  rowsOf({ messages, waiting: [], me: "me", readAt, keyOf });

test("what one person says within minutes is one group, another person or a pause begins a new one", () => {
  const [a, b, c, d] = rows([
    message(1, { created_at: at(21, 12, 0) }),
    message(2, { created_at: at(21, 12, 2) }),
    message(3, { account_id: "mara", created_at: at(21, 12, 3) }),
    message(4, { account_id: "mara", created_at: at(21, 12, 30) }),
  ]);
  expect([a?.first, b?.first, c?.first, d?.first]).toEqual([true, false, true, true]);
  expect([a?.last, b?.last, c?.last, d?.last]).toEqual([false, true, true, true]);
  expect([a?.timed, b?.timed, c?.timed, d?.timed]).toEqual([false, false, true, true]);
});

test("a day begins where the reader's day begins", () => {
  const list = rows([
    message(1, { created_at: at(20, 23, 59) }),
    message(2, { created_at: at(21, 0, 1) }),
    message(3, { created_at: at(21, 0, 2) }),
  ]);
  expect(list.map((row) => row.day)).toEqual([true, true, false]);
});

test("the line stands before the first message of others that was not read, once", () => {
  const list = [message(1), message(2, { account_id: "me" }), message(3), message(4)];
  expect(rows(list, 1).map((row) => row.fresh)).toEqual([false, false, true, false]);
  expect(rows(list, 4).some((row) => row.fresh)).toBe(false);
  expect(rows(list, null).some((row) => row.fresh)).toBe(false);
});

test("those whose author one may not know are not grouped with each other", () => {
  const list = rows([message(1, { account_id: null }), message(2, { account_id: null })]);
  expect(list.map((row) => row.first)).toEqual([true, true]);
});
