import { expect, test } from "vitest";
import { bytes, monthOf, since, span } from "./words";

const now = Date.parse("2026-11-26T12:00:00Z");

test("times are said as people say them", () => {
  expect(since("2026-11-26T11:59:40Z", now)).toBe("just now");
  expect(since("2026-11-26T09:00:00Z", now)).toBe("3 hours ago");
  expect(since("2026-11-28T13:00:00Z", now)).toBe("in 2 days");
  expect(span(90)).toBe("1 minute");
  expect(span(86_400 * 3)).toBe("3 days");
  expect(span(-5)).toBe("0 minutes");
  expect(monthOf("2026-11-01")).toBe("Nov 26");
});

test("bytes are counted in thousands", () => {
  expect([0, 999, 1000, 123_456, 5_400_000_000].map(bytes)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "123 kB",
    "5.4 GB",
  ]);
});
