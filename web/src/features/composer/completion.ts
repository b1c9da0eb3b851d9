// Words that name somebody or something while they are being written: which one the caret is in, and what comes of a choice.

import type { Account } from "@/api/types";

export type Word = { kind: "person" | "tag"; letters: string; from: number; to: number };

/** A person's handle, or the name of a tag. */
export type Choice = { name: string; account: Account | null };

// What may stand before a handle or a tag, the sign, and what was written of it so far.
const begun = /(?:^|[^\p{L}\p{N}_/@#&])([@#])([\p{L}\p{M}\p{N}_.-]{1,40})$/u;
const goesOn = /^[\p{L}\p{M}\p{N}_]*/u;

/** The handle or tag that the caret stands in or right behind, if there is one. */
export function wordAt(text: string, caret: number): Word | null {
  const [, sign, letters] = begun.exec(text.slice(0, caret)) ?? [];
  if (!sign || !letters) return null;
  const rest = goesOn.exec(text.slice(caret))?.[0].length ?? 0;
  const kind = sign === "@" ? "person" : "tag";
  return { kind, letters, from: caret - letters.length - 1, to: caret + rest };
}

/** The text with the word replaced by what was chosen, and where the caret stands then: behind one space, or at the comma. */
export function complete(text: string, word: Word, choice: string): { text: string; caret: number } {
  const before = text.slice(0, word.from) + (word.kind === "person" ? "@" : "#") + choice;
  const after = text.slice(word.to);
  const space = after === "" || /^[\p{L}\p{N}]/u.test(after) ? " " : "";
  const whole = before + space + after;
  return { text: whole, caret: before.length + (/\s/.test(whole.charAt(before.length)) ? 1 : 0) };
}

const has = (text: string, letters: string) => text.toLowerCase().includes(letters.toLowerCase());

/** Those near by who have the letters in their handle or name, then those who were found, each once. */
export function nearFirst(letters: string, near: readonly Account[], found: readonly Account[]): Choice[] {
  const first = near.filter(({ acct, display_name }) => has(acct, letters) || has(display_name, letters));
  const others = found.filter(({ id }) => !first.some((one) => one.id === id));
  return [...first, ...others].map((account) => ({ name: account.acct, account }));
}

/**
 * Those of the kind that is being written. What was found for fewer letters is offered on where it has the new ones, too:
 * a quick Enter takes nobody else. Alone, what stands there already is no offer.
 */
export function fitting(all: readonly Choice[], word: Word, stale: boolean): readonly Choice[] {
  const { letters } = word;
  const same = all.filter(
    ({ name, account }) =>
      (account !== null) === (word.kind === "person") &&
      (!stale || has(name, letters) || has(account?.display_name ?? "", letters)),
  );
  return same.length === 1 && same[0]?.name.toLowerCase() === letters.toLowerCase() ? [] : same;
}
