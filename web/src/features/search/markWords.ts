// Marks the searched words with the browser's own highlights: the document is not touched, so React and the
// reader of the screen see the text as it is. Where a browser has no highlights, nothing is marked.

const fold = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export function markWords(root: Element, words: string): () => void {
  if (typeof Highlight === "undefined" || !("highlights" in CSS)) return () => {};
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  const highlight = new Highlight();
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent ?? "";
    const folded = fold(text);
    // Folding may change lengths in some scripts; then positions would be wrong.
    if (folded.length !== text.length || !node.parentElement?.closest(".text, .stack, .tag-row, .name"))
      continue;
    for (const word of wanted) {
      for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + word.length);
        highlight.add(range);
      }
    }
  }
  CSS.highlights.set("searched", highlight);
  return () => void CSS.highlights.delete("searched");
}
