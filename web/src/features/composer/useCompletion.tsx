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
import { keepAccounts } from "@/entities/cache";
import { useSettled } from "@/ui/useSettled";
import { type Choice, complete, fitting, wordAt } from "./completion";

const Choices = lazy(() => import("./Choices"));
const most = 5;
/** Milliseconds without a key until it is asked for. */
const pause = 150;

/** Handles and tags that are offered while they are written: what the text box needs for it, and the list to show under it. */
export function useCompletion(
  area: RefObject<HTMLTextAreaElement | null>,
  text: string,
  onText: (text: string) => void,
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
    queryKey: ["completion", asked],
    queryFn: async ({ signal }) => choices(asked, cache, signal),
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

async function choices(asked: string, cache: QueryClient, signal: AbortSignal): Promise<Choice[]> {
  const [kind, letters = ""] = asked.split(" ");
  const type = kind === "person" ? "accounts" : "hashtags";
  const found = await search(letters, { type, limit: most }, signal);
  keepAccounts(cache, found.accounts);
  const people = found.accounts.map((account) => ({ name: account.acct, account }));
  const tags = found.hashtags.map((tag) => ({ name: tag.name, account: null }));
  return kind === "person" ? people : tags;
}
