// What can be decided, and what of it can be taken back at once.
export const measures = [
  "dismiss",
  "warn",
  "fold",
  "delete",
  "sensitive",
  "limit",
  "freeze",
  "suspend",
] as const;
export type Measure = (typeof measures)[number];

/** The server asks for the password before these. */
export const needsProof = (chosen: readonly string[]) =>
  chosen.some((one) => one === "delete" || one === "suspend");

/** Dismissing is doing nothing else; everything else goes together. */
export function toggled(chosen: readonly Measure[], one: Measure): Measure[] {
  if (chosen.includes(one)) return chosen.filter((other) => other !== one);
  if (one === "dismiss") return ["dismiss"];
  return measures.filter((measure) => measure !== "dismiss" && (measure === one || chosen.includes(measure)));
}
