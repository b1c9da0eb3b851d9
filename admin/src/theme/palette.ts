// The tokens of the web client as colours that MUI can compute with: it knows no oklch(). Read from tokens.css itself,
// so that there is one place for every colour.
import css from "@/styles/tokens.css?raw";

export type Name =
  | "paper"
  | "surface"
  | "sunken"
  | "line"
  | "ink"
  | "ink-soft"
  | "ink-faint"
  | "ember"
  | "ember-hover"
  | "ember-soft"
  | "on-ember"
  | "like"
  | "share"
  | "keep"
  | "online"
  | "danger"
  | "focus";

const block = (start: string) => {
  const from = css.indexOf("{", css.indexOf(start));
  return css.slice(from + 1, css.indexOf("}", from));
};
const light = block(":root {");
const dark = block(':root[data-theme="dark"] {');

/** `oklch(0.565 0.185 34)` as `#c4502f`; what is outside of sRGB is clipped. */
export function hexOf(color: string): string {
  const [lightness = 0, chroma = 0, hue = 0] = (/oklch\(([^/)]+)/.exec(color)?.[1] ?? "")
    .trim()
    .split(/\s+/)
    .map(Number);
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const shown = linear.map((part) => {
    const clipped = Math.max(0, Math.min(1, part));
    const gamma = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
    return Math.round(gamma * 255)
      .toString(16)
      .padStart(2, "0");
  });
  return `#${shown.join("")}`;
}

export type Mode = "light" | "dark";
export function token(mode: Mode, name: Name): string {
  const found = new RegExp(`--${name}:\\s*([^;]+);`).exec(mode === "light" ? light : dark)?.[1];
  if (!found) throw new Error(`tokens.css has no --${name}`);
  return hexOf(found);
}
