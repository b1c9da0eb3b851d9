import { expect, test } from "vitest";
import { hexOf, type Mode, type Name, token } from "./palette";

test("oklch becomes the sRGB that browsers show", () => {
  expect(hexOf("oklch(1 0 0)")).toBe("#ffffff");
  expect(hexOf("oklch(0 0 0)")).toBe("#000000");
  // CSS Color 4, sample: oklch of pure red.
  expect(hexOf("oklch(0.627966 0.257704 29.2346)")).toBe("#ff0000");
});

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = parts.map((p) => (p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(mode: Mode, text: Name, ground: Name) {
  const [high = 0, low = 0] = [luminance(token(mode, text)), luminance(token(mode, ground))].sort(
    (x, y) => y - x,
  );
  return (high + 0.05) / (low + 0.05);
}

test.each(["light", "dark"] as const)("texts of the panel can be read in the %s theme", (mode) => {
  const grounds: Name[] = ["paper", "surface", "sunken"];
  for (const text of ["ink", "ink-soft", "ink-faint"] as const)
    for (const ground of grounds)
      expect(contrast(mode, text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  expect(contrast(mode, "on-ember", "ember")).toBeGreaterThanOrEqual(4.5);
  expect(contrast(mode, "ink", "ember-soft")).toBeGreaterThanOrEqual(4.5);
});
