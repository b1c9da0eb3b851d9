import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, Search, X } from "lucide-react";
import { useId, useState } from "react";
import { accounts, search } from "@/api/endpoints";
import type { Account } from "@/api/types";
import { useMe } from "@/app/useSession";
import { keepAccounts } from "@/entities/cache";
import { nameOf } from "@/features/posts/PostCard";
import { t } from "@/text";
import { Avatar } from "@/ui/Avatar";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";

type PeoplePickerProps = {
  chosen: readonly Account[];
  onChoose: (account: Account) => void;
  /** Who is there already. */
  without?: readonly string[];
};

/** Finds people: whom one follows first, everybody by name. */
export function PeoplePicker({ chosen, onChoose, without = [] }: PeoplePickerProps) {
  const me = useMe();
  const cache = useQueryClient();
  const [words, setWords] = useState("");
  const asked = words.trim();
  const results = useId();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["people-picker", asked],
    queryFn: async ({ signal }) => {
      const found = asked
        ? (await search(asked, { type: "accounts", limit: 20 }, signal)).accounts
        : (await accounts.following(me?.id ?? "")(null)).items;
      keepAccounts(cache, found);
      return found;
    },
    placeholderData: (before) => before,
  });
  const shown = data?.filter((one) => one.id !== me?.id && !without.includes(one.id)) ?? [];
  return (
    <>
      {chosen.length > 0 && (
        <ul className="picked" aria-label={t.chats.chosen(chosen.length)}>
          {chosen.map((one) => (
            <li key={one.id}>
              <button
                type="button"
                className="pill"
                aria-label={t.chats.unchoose(nameOf(one))}
                onClick={() => onChoose(one)}
              >
                <Avatar account={one} size="xs" />
                <bdi>{nameOf(one)}</bdi>
                <X className="i" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <search className="search-box">
        <Search className="i" />
        <input
          type="search"
          dir="auto"
          // biome-ignore lint/a11y/noAutofocus: who opened this wants to find somebody.
          autoFocus
          aria-label={t.chats.to}
          aria-controls={results}
          placeholder={t.chats.to}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      </search>
      <div id={results} className="picker">
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : isPending ? (
          <Skeleton kind="person" count={3} />
        ) : (
          <>
            {!asked && shown.length > 0 && <h3 className="picker-head">{t.chats.following}</h3>}
            {shown.map((one) => {
              const on = chosen.some((each) => each.id === one.id);
              return (
                <button
                  key={one.id}
                  type="button"
                  className="person pick"
                  aria-pressed={on}
                  onClick={() => onChoose(one)}
                >
                  <Avatar account={one} />
                  <span className="stack">
                    <span className="name">
                      <bdi>{nameOf(one)}</bdi>
                    </span>
                    <span className="handle">@{one.acct}</span>
                  </span>
                  {on && <Check className="i text-ember" />}
                </button>
              );
            })}
            {asked && shown.length === 0 && (
              <p className="p-5 text-center text-faint">{t.chats.nobodyFound}</p>
            )}
          </>
        )}
      </div>
    </>
  );
}
