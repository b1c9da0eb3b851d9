// Reads the server's HTML into a tree of known pieces, without a parser that could run anything. Written
// by hand because the alternative, an inert document, needs a Trusted Types policy and a browser.

export type Piece =
  | { kind: "text"; text: string }
  | { kind: "element"; tag: string; href: string; classes: string; inside: Piece[] };

const known = new Set("p br a span strong b em i u del s code pre blockquote ul ol li".split(" "));
const dropped = new Set(["script", "style", "template", "iframe", "object", "svg", "math"]);
const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

export function decode(text: string): string {
  return text.replace(/&(#x[\da-f]{1,6}|#\d{1,7}|[a-z]+);/gi, (all, name: string) => {
    if (name[0] !== "#") return entities[name.toLowerCase()] ?? all;
    const code = name[1]?.toLowerCase() === "x" ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
      ? String.fromCodePoint(code)
      : "";
  });
}

export function readHtml(html: string): Piece[] {
  const root: Piece[] = [];
  const open: { tag: string; inside: Piece[] }[] = [{ tag: "", inside: root }];
  const add = (piece: Piece) => open.at(-1)?.inside.push(piece);
  let skipping: string | null = null;
  const tokens = /<!--[\s\S]*?-->|<(\/?)([a-z][a-z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*)>|[^<]+|</gi;
  for (const [all, slash, name, attributes] of html.matchAll(tokens)) {
    const tag = name?.toLowerCase();
    if (skipping) {
      if (slash && tag === skipping) skipping = null;
    } else if (all.startsWith("<!--")) {
      // A comment says nothing to a reader.
    } else if (!tag) {
      add({ kind: "text", text: decode(all) });
    } else if (dropped.has(tag)) {
      if (!slash) skipping = tag;
    } else if (known.has(tag)) {
      if (slash) close(open, tag);
      else begin(open, add, tag, attributes ?? "");
    }
  }
  return root;
}

function begin(
  open: { tag: string; inside: Piece[] }[],
  add: (piece: Piece) => void,
  tag: string,
  attributes: string,
) {
  const href = attribute(attributes, "href");
  const safe = tag !== "a" || /^(https?:|mailto:|\/(?!\/))/i.test(href);
  const piece: Piece = {
    kind: "element",
    tag: safe ? tag : "span",
    href: safe ? href : "",
    classes: attribute(attributes, "class"),
    inside: [],
  };
  add(piece);
  // Depth is bounded, so that a deep tree cannot overflow the renderer.
  if (tag !== "br" && open.length < 40) open.push({ tag, inside: piece.inside });
}

function close(open: { tag: string; inside: Piece[] }[], tag: string) {
  const at = open.findLastIndex((one) => one.tag === tag);
  if (at > 0) open.length = at;
}

function attribute(attributes: string, name: string): string {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "i").exec(
    attributes,
  );
  return decode(match?.[1] ?? match?.[2] ?? match?.[3] ?? "").trim();
}

/** The words alone: for titles, previews and labels. */
export function plainText(html: string): string {
  const words = (pieces: Piece[]): string =>
    pieces
      .map((piece) => {
        if (piece.kind === "text") return piece.text;
        return piece.tag === "br" ? " " : words(piece.inside) + (piece.tag === "p" ? " " : "");
      })
      .join("");
  return words(readHtml(html)).replace(/\s+/g, " ").trim();
}
