// The promises of tokens.css, computed from the file itself.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync("src/styles/tokens.css", "utf8");
const block = (start: string) => {
  const from = css.indexOf(start);
  return css.slice(css.indexOf("{", from + start.length - 1) + 1, css.indexOf("}", from));
};
const tokensOf = (text: string) =>
  new Map(
    [...text.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name = "", value = ""]) => [name, value.trim()]),
  );

const light = tokensOf(block(":root {"));
const bySystem = tokensOf(block(':root:not([data-theme="light"]) {'));
const byChoice = tokensOf(block(':root[data-theme="dark"] {'));

function luminance(color: string): number {
  const [lightness = 0, chroma = 0, hue = 0] = (/oklch\(([^/)]+)/.exec(color)?.[1] ?? "")
    .trim()
    .split(/\s+/)
    .map(Number);
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clamp = (value: number) => Math.max(0, Math.min(1, value));
  const red = clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  const green = clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  const blue = clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const pairs: [string, string][] = [
  ...["ink", "ink-soft", "ink-faint"].flatMap((text) =>
    ["paper", "surface", "sunken"].map((ground): [string, string] => [text, ground]),
  ),
  ...["ember", "like", "share", "keep", "danger"].map((text): [string, string] => [text, "surface"]),
  ["ember", "paper"],
  ["on-ember", "ember"],
  ["on-ember", "ember-hover"],
  ["ink-soft", "ember-soft"],
  ["ink", "ember-soft"],
  ["paper", "ink"],
];

describe.each([
  ["light", light],
  ["dark", new Map([...light, ...byChoice])],
])("in the %s theme", (_, tokens) => {
  test.each(pairs)("%s on %s can be read", (text, ground) => {
    expect(contrast(tokens.get(text) ?? "", tokens.get(ground) ?? "")).toBeGreaterThanOrEqual(4.5);
  });

  test.each(Array.from({ length: 24 }, (_, index) => index * 15))(
    "a letter portrait of hue %i can be read",
    (hue) => {
      const back = `oklch(${tokens.get("av-back")} .07 ${hue})`;
      const face = `oklch(${tokens.get("av-face")} .09 ${hue})`;
      expect(contrast(back, face)).toBeGreaterThanOrEqual(4.5);
    },
  );
});

test("the dark theme is the same by the system's wish and by choice", () => {
  expect(byChoice.size).toBeGreaterThan(15);
  expect([...bySystem]).toEqual([...byChoice]);
});
