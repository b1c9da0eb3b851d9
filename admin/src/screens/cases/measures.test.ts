import { expect, test } from "vitest";
import { needsProof, toggled } from "./measures";

test("dismissing stands alone, and everything else goes together in one order", () => {
  expect(toggled(["warn", "limit"], "dismiss")).toEqual(["dismiss"]);
  expect(toggled(["dismiss"], "suspend")).toEqual(["suspend"]);
  expect(toggled(["suspend"], "warn")).toEqual(["warn", "suspend"]);
  expect(toggled(["warn", "suspend"], "suspend")).toEqual(["warn"]);
});

test("only what the server wants a password for asks for one", () => {
  expect(needsProof(["warn", "sensitive", "limit", "freeze", "fold", "dismiss"])).toBe(false);
  expect(needsProof(["warn", "delete"])).toBe(true);
  expect(needsProof(["suspend"])).toBe(true);
});
