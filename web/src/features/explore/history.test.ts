import { expect, test } from "vitest";
import { peopleThisWeek, weekOf } from "./history";

const day = (accounts: string) => ({ day: "0", uses: "9", accounts });

test("a week is read from its oldest day on, whatever a day holds", () => {
  const days = [day("3"), day("1"), day("nonsense")];
  expect(weekOf(days)).toEqual([0, 1, 3]);
  expect(peopleThisWeek(days)).toBe(4);
  expect(peopleThisWeek([])).toBe(0);
});
