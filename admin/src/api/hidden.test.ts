import { expect, test } from "vitest";
import { hide, hideDone, isHidden, settle, show } from "./hidden";

test("a row stays away while its act can be undone, and some moments after", () => {
  const mark = hide("sign-ups", ["1", 2]);
  expect(isHidden("sign-ups", "1", 1e15)).toBe(true);
  expect(isHidden("sign-ups", "2")).toBe(true);
  expect(isHidden("sign-ups", "3")).toBe(false);
  expect(isHidden("people", "1")).toBe(false);
  settle(mark, 1_000);
  expect(isHidden("sign-ups", "1", 15_900)).toBe(true);
  expect(isHidden("sign-ups", "1", 16_100)).toBe(false);
});

test("what is undone is there again at once", () => {
  const mark = hide("cases", ["7"]);
  show(mark);
  expect(isHidden("cases", "7")).toBe(false);
  hideDone("cases", ["8"], 1_000);
  expect(isHidden("cases", "8", 2_000)).toBe(true);
});
