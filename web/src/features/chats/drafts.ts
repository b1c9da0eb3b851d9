// What was begun in a chat and not sent; it waits in this browser, per account and chat. Files that are at the server wait as
// long as the tab is open: the server keeps what belongs to nothing for some hours only.
import type { MediaAttachment } from "@/api/types";

export type ChatDraftKept = { text: string; replyTo: { id: string; number: number } | null };

const keyOf = (account: string, chat: string) => `sociosphere.draft.${account}.chat.${chat}`;
const nothing: ChatDraftKept = { text: "", replyTo: null };

export function readDraft(account: string, chat: string): ChatDraftKept {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyOf(account, chat)) ?? "null");
    if (typeof value !== "object" || value === null) return nothing;
    const text = "text" in value && typeof value.text === "string" ? value.text : "";
    const to = "replyTo" in value ? value.replyTo : null;
    if (typeof to !== "object" || to === null || !("id" in to) || !("number" in to))
      return { text, replyTo: null };
    const { id, number } = to;
    return { text, replyTo: typeof id === "string" && typeof number === "number" ? { id, number } : null };
  } catch {
    return nothing;
  }
}

export function keepDraft(account: string, chat: string, draft: ChatDraftKept) {
  try {
    if (draft.text.trim() || draft.replyTo) localStorage.setItem(keyOf(account, chat), JSON.stringify(draft));
    else localStorage.removeItem(keyOf(account, chat));
  } catch {
    // Full or forbidden storage must not stop anyone from writing.
  }
}

const files = new Map<string, MediaAttachment[]>();

export const filesOf = (account: string, chat: string) => files.get(keyOf(account, chat)) ?? [];

export function keepFiles(account: string, chat: string, list: MediaAttachment[]) {
  if (list.length > 0) files.set(keyOf(account, chat), list);
  else files.delete(keyOf(account, chat));
}
