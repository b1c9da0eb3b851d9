import { afterEach, expect, test, vi } from "vitest";
import { comeBack, isLeaving, keepUntilSent, sendWaiting } from "./leaving";

afterEach(comeBack);

test("what waits is sent once when the page goes away, and not again in its turn", () => {
  const act = vi.fn();
  const kept = keepUntilSent(act);
  expect(sendWaiting()).toBe(1);
  expect(act).toHaveBeenCalledExactlyOnceWith({ isUndo: false });
  expect(isLeaving()).toBe(true);
  kept({ isUndo: false });
  kept({ isUndo: true });
  expect(act).toHaveBeenCalledTimes(1);
  expect(sendWaiting()).toBe(0);
});

test("what was undone or sent in its turn does not wait any more", () => {
  const undone = vi.fn();
  const done = vi.fn();
  keepUntilSent(undone)({ isUndo: true });
  keepUntilSent(done)({ isUndo: false });
  expect(sendWaiting()).toBe(0);
  expect(undone).toHaveBeenCalledExactlyOnceWith({ isUndo: true });
  expect(done).toHaveBeenCalledExactlyOnceWith({ isUndo: false });
});

test("acts are sent in the order in which they were made", () => {
  const order: number[] = [];
  for (const one of [1, 2, 3]) keepUntilSent(() => order.push(one));
  sendWaiting();
  expect(order).toEqual([1, 2, 3]);
});
