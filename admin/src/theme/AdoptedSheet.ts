// Where emotion's rules go: into constructed style sheets that the document adopts. The server's CSP allows no inline
// style, and a <style> element is one even while it is empty; rules that a script of ours inserts are not.
import { StyleSheet } from "@emotion/sheet";

// Global rules come before those of components, as they would in <head>.
const globals: CSSStyleSheet[] = [];
let components: CSSStyleSheet | null = null;

function adopt() {
  document.adoptedStyleSheets = components ? [...globals, components] : globals;
}

/** Emotion makes further sheets of this class for global styles; the first one made is that of components. */
export class AdoptedSheet extends StyleSheet {
  private readonly rules = new CSSStyleSheet();
  private readonly isGlobal = components !== null;

  override insert(rule: string) {
    if (this.tags.length === 0) this.appear();
    try {
      this.rules.insertRule(rule, this.rules.cssRules.length);
    } catch {
      // A rule with a selector that only another browser knows.
    }
  }

  override hydrate() {}

  override flush() {
    this.rules.replaceSync("");
    this.tags = [];
    if (this.isGlobal) globals.splice(globals.indexOf(this.rules), 1);
    else components = null;
    adopt();
  }

  private appear() {
    // Emotion asks whether there is a tag before it flushes; this one never joins the document.
    this.tags = [document.createElement("style")];
    if (this.isGlobal) globals.push(this.rules);
    adopt();
  }

  /** The sheet of components, to be made before any other. */
  static first(key: string): AdoptedSheet {
    const sheet = new AdoptedSheet({ key, container: document.head, speedy: true });
    components = sheet.rules;
    return sheet;
  }
}
