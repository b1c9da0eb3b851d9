// What the composer is open for. Any screen opens it by this; the overlay itself is loaded on first use.
import type { Account } from "@/api/types";
import type { Post } from "@/entities/cache";
import { store } from "@/entities/store";

export type Purpose =
  | { kind: "new"; text?: string }
  | { kind: "reply"; post: Post; account: Account }
  | { kind: "edit"; post: Post }
  | { kind: "redraft"; post: Post; text: string };

const closed: Purpose | null = null;
export const composing = store<Purpose | null>(closed);
export const openComposer = (purpose: Purpose) => composing.set(purpose);
