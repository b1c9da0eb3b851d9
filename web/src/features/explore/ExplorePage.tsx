import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { PageHead } from "@/app/PageHead";
import { exploreTabs } from "@/app/router";
import { useMe } from "@/app/useSession";
import { t } from "@/text";
import { Interests } from "./Interests";
import { People } from "./People";
import { Trends } from "./Trends";

const screens = { trends: Trends, people: People, interests: Interests };

/** What goes on here, who is here, what it is about; and the way to search. */
export function ExplorePage() {
  const { tab = "trends" } = useSearch({ from: "/shell/explore" });
  const me = useMe();
  const navigate = useNavigate();
  const Screen = screens[tab];
  return (
    <>
      <PageHead title={t.explore.title} />
      {me && (
        <search className="block px-5 pt-4 pb-1 max-[40rem]:px-4">
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
              data-search
              dir="auto"
              aria-label={t.search.placeholder}
              placeholder={t.search.placeholder}
            />
          </form>
        </search>
      )}
      <nav className="tabs inset" aria-label={t.explore.title}>
        {exploreTabs.map((one) => (
          <Link
            key={one}
            to="/explore"
            search={one === "trends" ? {} : { tab: one }}
            resetScroll={false}
            className={tab === one ? "tab here" : "tab"}
            aria-current={tab === one ? "page" : undefined}
            activeOptions={{ includeSearch: true, exact: true }}
          >
            {t.explore.tabs[one]}
          </Link>
        ))}
      </nav>
      <Screen />
    </>
  );
}
