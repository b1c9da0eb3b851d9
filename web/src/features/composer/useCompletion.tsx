import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  type KeyboardEvent,
  lazy,
  type RefObject,
  Suspense,
  type SyntheticEvent,
  useEffect,
  useId,
  useState,
} from "react";
import { search } from "@/api/endpoints";
import type { Account } from "@/api/types";
import { keepAccounts } from "@/entities/cache";
import { useSettled } from "@/ui/useSettled";
import { type Choice, complete, fitting, nearFirst, wordAt } from "./completion";

const Choices = lazy(() => import("./Choices"));
const most = 5;
/** Milliseconds without a key until it is asked for. */
const pause = 150;

/**
 * Handles and tags that are offered while they are written: what the text box needs for it, and the list to show beside it.
 * People who are `near` come first.
 */
export function useCompletion(
  area: RefObject<HTMLTextAreaElement | null>,
  text: string,
  onText: (text: string) => void,
  near?: { key: string; people: () => Promise<readonly Account[]> },
) {
  const cache = useQueryClient();
  const id = useId();
  // Where the caret is; nowhere while one writes elsewhere.
  const [caret, setCaret] = useState<number | null>(null);
  const [highlighted, setHighlighted] = useState(0);
  /** Where the word begins that nothing more is offered for. */
  const [refused, setRefused] = useState<number | null>(null);
  const word = caret === null ? null : wordAt(text, caret);
  const wanted = word ? `${word.kind} ${word.letters}` : "";
  const asked = useSettled(wanted, pause);
  const { data, isPlaceholderData } = useQuery({
    queryKey: ["completion", near?.key ?? "", asked],
    queryFn: async ({ signal }) => choices(asked, near?.people, cache, signal),
    enabled: asked !== "",
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  const from = word?.from ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another word is offered its own.
  useEffect(() => setRefused(null), [from]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top.
  useEffect(() => setHighlighted(0), [asked]);

  const stale = isPlaceholderData || asked !== wanted;
  const offered = word && refused !== word.from && asked !== "" ? fitting(data ?? [], word, stale) : [];
  const open = offered.length > 0;
  const current = Math.min(highlighted, offered.length - 1);
  const choose = (choice: Choice) => {
    if (!word) return;
    const next = complete(text, word, choice.name);
    onText(next.text);
    setCaret(next.caret);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(next.caret, next.caret);
    });
  };
  /** Whether a key was for the list. */
  const take = (event: KeyboardEvent): boolean => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (!open || !word || !plain || event.nativeEvent.isComposing) return false;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const choice = offered[current];
    if (by) setHighlighted((current + by + offered.length) % offered.length);
    else if ((event.key === "Enter" || event.key === "Tab") && choice) choose(choice);
    else if (event.key === "Escape") setRefused(word.from);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return {
    take,
    box: {
      onSelect: (event: SyntheticEvent<HTMLTextAreaElement>) => {
        const { selectionStart, selectionEnd } = event.currentTarget;
        setCaret(selectionStart === selectionEnd ? selectionStart : null);
      },
      onBlur: () => setCaret(null),
      "aria-autocomplete": "list" as const,
      "aria-controls": open ? id : undefined,
      "aria-activedescendant": open ? `${id}-${current}` : undefined,
    },
    list: open && (
      <Suspense>
        <Choices id={id} choices={offered} current={current} onChoose={choose} />
      </Suspense>
    ),
  };
}

async function choices(
  asked: string,
  near: (() => Promise<readonly Account[]>) | undefined,
  cache: QueryClient,
  signal: AbortSignal,
): Promise<Choice[]> {
  const [kind, letters = ""] = asked.split(" ");
  if (kind === "tag") {
    const found = await search(letters, { type: "hashtags", limit: most }, signal);
    return found.hashtags.map((tag) => ({ name: tag.name, account: null }));
  }
  const [first, found] = await Promise.all([
    near?.().catch(() => []) ?? [],
    search(letters, { type: "accounts", limit: most }, signal),
  ]);
  keepAccounts(cache, found.accounts);
  return nearFirst(letters, first, found.accounts).slice(0, most);
}
