import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { lazy, Suspense, useSyncExternalStore } from "react";
import { instance } from "@/api/endpoints";
import { t } from "@/text";
import { useMe } from "./useSession";

const Boxes = lazy(() => import("@/features/explore/AsideBoxes").then((it) => ({ default: it.AsideBoxes })));

const desk = () => window.matchMedia("(min-width: 60.01rem)");
function onDesk(changed: () => void) {
  const query = desk();
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}
/** Where the column is not shown, what is in it is not asked for. */
const useDesk = () => useSyncExternalStore(onDesk, () => desk().matches);

/** Beside the sheet on a desk: the way to search, and where one is. */
export function Aside() {
  const me = useMe();
  const navigate = useNavigate();
  const place = useLocation({ select: (location) => location.pathname });
  const searching = place === "/search" || place === "/explore";
  const shown = useDesk();
  const { data: about } = useQuery({
    queryKey: ["instance"],
    queryFn: instance,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <aside className="aside" aria-label={t.app.aside}>
      {me && !searching && (
        <search>
          <form
            className="search-box"
            onSubmit={(event) => {
              event.preventDefault();
              const q = new FormData(event.currentTarget).get("q");
              void navigate({ to: "/search", search: { q: typeof q === "string" ? q : "" } });
            }}
          >
            <Search className="i" />
            <input
              name="q"
              type="search"
              aria-label={t.search.placeholder}
              placeholder={t.search.placeholder}
              data-search
            />
            <kbd aria-hidden="true">/</kbd>
          </form>
        </search>
      )}
      {me && shown && place !== "/explore" && (
        <Suspense>
          <Boxes />
        </Suspense>
      )}
      {about && (
        <>
          <section className="panel">
            <h2>{about.title}</h2>
            {about.description && <p className="text-soft">{about.description}</p>}
            {about.rules.length > 0 && (
              <ol className="mt-3 grid list-decimal gap-1 pl-5 text-small text-soft">
                {about.rules.map((rule) => (
                  <li key={rule.id}>{rule.text}</li>
                ))}
              </ol>
            )}
          </section>
          <p className="fine">
            {about.domain} · {t.app.members(about.usage.users.active_month)}
          </p>
        </>
      )}
    </aside>
  );
}
