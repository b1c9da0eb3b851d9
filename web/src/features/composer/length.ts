// How long a text counts: as the server counts it, in characters a person sees, every link as 23, and only
// the local part of a mention.
const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export function lengthOf(text: string): number {
  const counted = text
    .replace(/https?:\/\/\S+/g, "x".repeat(23))
    .replace(/(^|[^\w/])@(\w+)@[\w.-]+\w/g, "$1@$2");
  let length = 0;
  for (const _ of segments.segment(counted)) length += 1;
  return length;
}
