import { expect, test } from "vitest";
import { busiest, hoursHere } from "./hours";

const week = (day: number, hour: number, count: number) =>
  Array.from({ length: 7 }, (_, d) =>
    Array.from({ length: 24 }, (_, h) => (d === day && h === hour ? count : 0)),
  );

test("an hour of UTC is another hour, and sometimes another day, elsewhere", () => {
  expect(busiest(hoursHere(week(0, 18, 3), 0))).toEqual({ day: 0, hour: 18, count: 3 });
  expect(busiest(hoursHere(week(0, 18, 3), 120))).toEqual({ day: 0, hour: 20, count: 3 });
  expect(busiest(hoursHere(week(6, 23, 3), 60))).toEqual({ day: 0, hour: 0, count: 3 });
  expect(busiest(hoursHere(week(0, 2, 3), -300))).toEqual({ day: 6, hour: 21, count: 3 });
});

test("nothing is busiest where nothing was counted", () => {
  expect(busiest(hoursHere(week(0, 0, 0), 330))).toBeNull();
});
