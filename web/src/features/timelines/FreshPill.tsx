import { useQuery, useQueryClient } from "@tanstack/react-query";
import { accountOf, postOf, putOnTop } from "@/entities/cache";
import { t } from "@/text";
import { Avatar } from "@/ui/Avatar";
import { freshKey, waiting, waitingOf } from "./fresh";

type FreshPillProps = { list: readonly string[] };

/** Says how many posts came by the stream; they join the list when the reader wants, so nothing jumps. */
export function FreshPill({ list }: FreshPillProps) {
  const cache = useQueryClient();
  const { data } = useQuery({
    queryKey: freshKey(list),
    queryFn: () => waiting([]),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const ids = waitingOf(data);
  const people = [...new Set(ids.map((id) => postOf(cache, id)?.accountId ?? ""))]
    .flatMap((id) => accountOf(cache, id) ?? [])
    .slice(0, 3);
  const show = () => {
    putOnTop(cache, list, ids);
    cache.setQueryData(freshKey(list), waiting([]));
    window.scrollTo({ top: 0, behavior: "smooth" });
  };
  return (
    <>
      <p className="sr-only" aria-live="polite">
        {ids.length > 0 ? t.feed.fresh(ids.length) : ""}
      </p>
      {ids.length > 0 && (
        <div className="fresh-place">
          <button type="button" className="fresh" data-act="fresh" onClick={show}>
            <span className="faces">
              {people.map((account) => (
                <Avatar key={account.id} account={account} size="xs" />
              ))}
            </span>
            {t.feed.fresh(ids.length)}
          </button>
        </div>
      )}
    </>
  );
}
