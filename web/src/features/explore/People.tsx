import { useState } from "react";
import { explore } from "@/api/endpoints";
import { useMe } from "@/app/useSession";
import { keys } from "@/entities/cache";
import { PersonList } from "@/features/people/PersonList";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { useDismiss, useSuggestions } from "./queries";
import { SuggestionRow } from "./SuggestionRow";

const orders = ["active", "new"] as const;

/** Whom one may want to follow, and everybody who lets themselves be found. */
export function People() {
  const me = useMe();
  const [order, setOrder] = useState<(typeof orders)[number]>("active");
  return (
    <>
      {me && <Suggestions />}
      <section aria-labelledby="directory">
        <div className="result-head">
          <h2 id="directory">{t.explore.directory}</h2>
          <fieldset className="pills" aria-label={t.explore.order}>
            {orders.map((one) => (
              <button
                key={one}
                type="button"
                className={one === order ? "pill here" : "pill"}
                aria-pressed={one === order}
                onClick={() => setOrder(one)}
              >
                {t.explore.orders[one]}
              </button>
            ))}
          </fieldset>
        </div>
        <PersonList
          key={order}
          listKey={keys.list("directory", order)}
          read={explore.directory(order)}
          empty={<EmptyState title={t.explore.nobody} body={t.explore.nobodyBody} />}
        />
      </section>
    </>
  );
}

function Suggestions() {
  const { data, error, refetch } = useSuggestions(true);
  const dismiss = useDismiss();
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton kind="person" count={3} />;
  return (
    <section aria-labelledby="suggestions">
      <h2 id="suggestions" className="result-head">
        {t.explore.suggested}
      </h2>
      {data.length === 0 ? (
        <p className="px-5 pb-4 text-soft max-[40rem]:px-4">{t.explore.noSuggestions}</p>
      ) : (
        <ul>
          {data.slice(0, 12).map((one) => (
            <SuggestionRow key={one.id} one={one} onDismiss={(id) => void dismiss(id)} />
          ))}
        </ul>
      )}
    </section>
  );
}
