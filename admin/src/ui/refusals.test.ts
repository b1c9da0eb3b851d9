import { afterEach, expect, test } from "vitest";
import { forget, lastRefusal, listens, onRefusal, refuse } from "./refusals";

afterEach(forget);

test("without a dialog a refusal is for somebody else to say", () => {
  expect(refuse("No.")).toBe(false);
  expect(lastRefusal()).toBe("");
});

test("a dialog hears of it until it is tried anew or the last one closes", () => {
  const heard: string[] = [];
  const stop = onRefusal(() => heard.push(lastRefusal()));
  const closeFirst = listens();
  const closeSecond = listens();
  expect(refuse("No.")).toBe(true);
  forget();
  refuse("Not now.");
  closeSecond();
  expect(lastRefusal()).toBe("Not now.");
  closeFirst();
  expect(refuse("Never.")).toBe(false);
  stop();
  expect(heard).toEqual(["No.", "", "Not now.", ""]);
});
