// The part of a chat that is in memory: messages without a gap between them, by number, and whether its ends are
// the ends of the chat. Pure, so that order and merging can be tested without a screen.
import type { ChatMessage } from "@/api/types";

export type Window = {
  messages: readonly ChatMessage[];
  /** The first message of the chat is in it. */
  start: boolean;
  /** The newest message of the chat is in it, as far as we know. */
  end: boolean;
  /** What the last change added stands before what was there: the list keeps its place by its end. */
  grown: "before" | null;
};

export const pageSize = 50;

const byNumber = (one: ChatMessage, other: ChatMessage) => one.number - other.number;

/** Both lists, each number once, in order; the second is newer knowledge. */
function union(old: readonly ChatMessage[], fresh: readonly ChatMessage[]): ChatMessage[] {
  const all = new Map(old.map((one) => [one.number, one]));
  for (const one of fresh) all.set(one.number, one);
  return [...all.values()].sort(byNumber);
}

export const lastNumber = (window: Window) => window.messages.at(-1)?.number ?? 0;

/** The newest page. */
export const fromNewest = (page: readonly ChatMessage[], limit: number): Window => ({
  messages: union([], page),
  start: page.length < limit,
  end: true,
  grown: null,
});

/** A page around a number: half of it up to the number, half after it; a half that is short is an end. */
export function fromAround(page: readonly ChatMessage[], around: number, limit: number): Window {
  const older = page.filter((one) => one.number <= around).length;
  const half = Math.ceil(limit / 2);
  return {
    messages: union([], page),
    start: older < half,
    end: page.length - older < Math.max(1, limit - half),
    grown: null,
  };
}

export const joinOlder = (window: Window, page: readonly ChatMessage[], limit: number): Window => ({
  ...window,
  messages: union(window.messages, page),
  start: page.length < limit,
  grown: "before",
});

export const joinNewer = (window: Window, page: readonly ChatMessage[], limit: number): Window => ({
  ...window,
  messages: union(window.messages, page),
  end: page.length < limit,
  grown: null,
});

/** The newest page read again over a window that holds the end. False where a gap would be between the two. */
export function refresh(window: Window, page: readonly ChatMessage[], limit: number): Window | false {
  const [first] = page;
  if (!first) return { ...window, grown: null };
  const meets = page.length < limit || first.number <= lastNumber(window) + 1;
  if (!window.end || !meets) return false;
  // What lies before the page and is in the window stays.
  return { ...window, messages: union(window.messages, page), grown: null };
}

/**
 * A message that was just sent by somebody. In a window that does not hold the end it is for later; where numbers are
 * missing before it, the caller reads them: a number can also be missing for ever.
 */
export function arrive(window: Window, message: ChatMessage): { window: Window; gap: boolean } {
  const last = lastNumber(window);
  if (message.number <= last || !window.end) return { window: change(window, message), gap: false };
  if (message.number > last + 1) return { window, gap: true };
  return { window: { ...window, messages: [...window.messages, message], grown: null }, gap: false };
}

/** A message that is there already became another: edited, deleted, reacted to. */
export function change(window: Window, message: ChatMessage): Window {
  if (!window.messages.some((one) => one.id === message.id)) return window;
  return {
    ...window,
    messages: window.messages.map((one) => (one.id === message.id ? message : one)),
    grown: null,
  };
}
