// The letter portrait of someone without a picture: its letter from the name, its hue from the handle
// alone, so that one person has one colour on every screen.

const hues = 24;

export function hueOf(handle: string): number {
  let hash = 2166136261;
  for (const char of handle.toLowerCase().replace(/^@/, "")) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619);
  }
  // The low bits of FNV mix badly; fold the high ones in.
  return (((hash ^ (hash >>> 15)) >>> 0) % hues) * (360 / hues);
}

const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export function letterOf(name: string, handle: string): string {
  for (const { segment } of segments.segment(`${name} ${handle}`)) {
    if (/[\p{L}\p{N}]/u.test(segment)) return segment.toLocaleUpperCase();
  }
  return (handle[0] ?? "?").toLocaleUpperCase();
}
