import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Search as Glass, Hash, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { search } from "@/api/endpoints";
import { PageHead } from "@/app/PageHead";
import { useMe } from "@/app/useSession";
import { keepAccounts, keepStatuses } from "@/entities/cache";
import { PersonRow } from "@/features/people/PersonRow";
import { PostCard } from "@/features/posts/PostCard";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { IconButton } from "@/ui/IconButton";
import { Skeleton } from "@/ui/Skeleton";
import { markWords } from "./markWords";
import { splitQuery, withOperator, without } from "./operators";

export function SearchPage() {
  const { q = "" } = useSearch({ from: "/shell/search" });
  const navigate = useNavigate();
  const me = useMe();
  const [typed, setTyped] = useState(q);
  const asked = useRef(q);
  // The address follows the typing; an address that changed by itself (Back, a link) wins over the box.
  useEffect(() => {
    if (q !== asked.current) {
      asked.current = q;
      setTyped(q);
    }
  }, [q]);
  useEffect(() => {
    const timer = window.setTimeout(() => {
      const next = typed.trim();
      if (next === asked.current) return;
      asked.current = next;
      void navigate({ to: "/search", search: next ? { q: next } : {}, replace: true });
    }, 220);
    return () => window.clearTimeout(timer);
  }, [typed, navigate]);
  const { words, operators } = splitQuery(typed);
  const offered: [string, string][] = [
    ["has:media", t.search.hasMedia],
    ["is:reply", t.search.replies],
    ...(me ? [[`from:${me.acct}`, t.search.mine] satisfies [string, string]] : []),
  ];
  return (
    <>
      <PageHead title={t.search.title} />
      <search className="block px-5 pt-4 pb-3">
        <div className="search-box">
          <Glass className="i" />
          <input
            type="search"
            data-search
            dir="auto"
            // biome-ignore lint/a11y/noAutofocus: who opens search wants to type.
            autoFocus
            aria-label={t.search.placeholder}
            placeholder={t.search.placeholder}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          {typed && (
            <IconButton label={t.search.clear} onClick={() => setTyped("")}>
              <X className="i" />
            </IconButton>
          )}
        </div>
        <fieldset className="pills mt-3" aria-label={t.search.filters}>
          {operators.map((one) => (
            <button
              key={one}
              type="button"
              className="pill here"
              aria-label={t.search.remove(one)}
              onClick={() => setTyped(without(typed, one))}
            >
              {one} <X className="i" />
            </button>
          ))}
          {words !== "" &&
            offered
              .filter(([one]) => !operators.includes(one))
              .map(([one, name]) => (
                <button
                  key={one}
                  type="button"
                  className="pill"
                  onClick={() => setTyped(withOperator(typed, one))}
                >
                  {name}
                </button>
              ))}
        </fieldset>
      </search>
      {q === "" ? <EmptyState title={t.search.start} body={t.search.startBody} /> : <Results q={q} />}
    </>
  );
}

function Results({ q }: { q: string }) {
  const cache = useQueryClient();
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ["search", q],
    queryFn: async ({ signal }) => {
      const { accounts, hashtags, statuses } = await search(q, { limit: 20 }, signal);
      return { people: keepAccounts(cache, accounts), tags: hashtags, posts: keepStatuses(cache, statuses) };
    },
    placeholderData: keepPreviousData,
  });
  const place = useRef<HTMLDivElement>(null);
  const { words } = splitQuery(q);
  useEffect(() => (data && place.current ? markWords(place.current, words) : undefined), [data, words]);
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Skeleton kind="person" count={4} />;
  const { people, tags, posts } = data;
  if (people.length + tags.length + posts.length === 0)
    return <EmptyState title={t.search.empty} body={t.search.emptyBody} />;
  return (
    <div ref={place} className="border-t border-line" aria-live="polite">
      {people.length > 0 && <h2 className="result-head">{t.search.people}</h2>}
      {people.map((id) => (
        <PersonRow key={id} id={id} />
      ))}
      {tags.length > 0 && <h2 className="result-head">{t.search.tags}</h2>}
      {tags.map((tag) => (
        <Link key={tag.name} to="/tags/$tag" params={{ tag: tag.name }} className="tag-row">
          <Hash className="i" /> {tag.name}
        </Link>
      ))}
      {posts.length > 0 && <h2 className="result-head">{t.search.posts}</h2>}
      {posts.map((id) => (
        <PostCard key={id} id={id} />
      ))}
    </div>
  );
}
