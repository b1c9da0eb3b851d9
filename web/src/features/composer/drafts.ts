// Drafts survive a reload, a crash and a dead battery: they lie in localStorage, per account and purpose.
import type { Visibility } from "@/api/types";
import type { Purpose } from "./open";

export type Written = {
  text: string;
  warning: string;
  warned: boolean;
  audience: Visibility;
  language: string;
};

export const draftKey = (account: string, purpose: Purpose) =>
  `sociosphere.draft.${account}.${purpose.kind === "new" ? "new" : `${purpose.kind}.${purpose.post.id}`}`;

export function readDraft(key: string): Partial<Written> | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const draft: Partial<Written> = {};
    if ("text" in value && typeof value.text === "string") draft.text = value.text;
    if ("warning" in value && typeof value.warning === "string") draft.warning = value.warning;
    if ("warned" in value && typeof value.warned === "boolean") draft.warned = value.warned;
    return draft.text || draft.warning ? draft : null;
  } catch {
    return null;
  }
}

export function keepDraft(key: string, written: Written) {
  try {
    if (written.text.trim() || written.warning.trim()) {
      localStorage.setItem(
        key,
        JSON.stringify({ text: written.text, warning: written.warning, warned: written.warned }),
      );
    } else localStorage.removeItem(key);
  } catch {
    // Full or forbidden storage must not stop anyone from writing.
  }
}

export const dropDraft = (key: string) => localStorage.removeItem(key);
