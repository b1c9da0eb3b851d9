import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, Plus } from "lucide-react";
import { useState } from "react";
import { interests as usedHere } from "@/api/endpoints";
import { useMe } from "@/app/useSession";
import { useSaveProfile } from "@/features/settings/useSaveProfile";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { sayError } from "@/ui/toast";

const most = 12;

/** What the community is interested in; a press makes it one's own, or no longer. */
export function Interests() {
  const me = useMe();
  const cache = useQueryClient();
  const save = useSaveProfile();
  const [busy, setBusy] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ["interests"], queryFn: usedHere });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton kind="person" count={3} />;
  if (data.length === 0) return <EmptyState title={t.explore.noInterests} body={t.explore.noInterestsBody} />;
  const own = me?.sociosphere?.interests ?? [];
  const isOwn = (name: string) => own.some((one) => one.toLowerCase() === name.toLowerCase());
  const press = async (name: string) => {
    setBusy(true);
    const next = isOwn(name) ? own.filter((one) => one.toLowerCase() !== name.toLowerCase()) : [...own, name];
    try {
      await save({ interests: next });
      await cache.invalidateQueries({ queryKey: ["interests"] });
      await cache.invalidateQueries({ queryKey: ["suggestions"] });
    } catch (error) {
      sayError(error);
    }
    setBusy(false);
  };
  return (
    <section className="p-5 max-[40rem]:px-4" aria-labelledby="interests">
      <h2 id="interests" className="sr-only">
        {t.explore.tabs.interests}
      </h2>
      <p className="mb-4 text-soft">{me ? t.explore.interestsHint : t.explore.interestsHere}</p>
      <ul className="interests">
        {data.map(({ name, accounts_count }) => (
          <li key={name}>
            <button
              type="button"
              className={isOwn(name) ? "interest here" : "interest"}
              aria-pressed={me ? isOwn(name) : undefined}
              disabled={!me || busy || (!isOwn(name) && own.length >= most)}
              onClick={() => void press(name)}
            >
              {me && (isOwn(name) ? <Check className="i" /> : <Plus className="i" />)}
              <bdi>{name}</bdi>
              <span className="trend-people">{t.explore.people(accounts_count)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
