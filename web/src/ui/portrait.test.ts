import { expect, test } from "vitest";
import { hueOf, letterOf } from "./portrait";

test("a hue comes from the handle alone, whichever way it is written", () => {
  expect(hueOf("@Mara")).toBe(hueOf("mara"));
  expect(hueOf("mara")).not.toBe(hueOf("tomasz"));
});

test("a hundred handles spread over most hues", () => {
  const hues = new Set(Array.from({ length: 100 }, (_, index) => hueOf(`person${index}`)));
  expect(hues.size).toBeGreaterThan(18);
});

test("the letter is the first of the name in any script, and never an emoji", () => {
  expect(letterOf("山田 葵", "aoi")).toBe("山");
  expect(letterOf("🌊 ليلى", "layla")).toBe("ل");
  expect(letterOf("", "bo")).toBe("B");
  expect(letterOf("🌊", "bo")).toBe("B");
});
