import { Link } from "@tanstack/react-router";
import { t } from "@/text";
import { useDismiss, useSuggestions, useTrendingTags } from "./queries";
import { SuggestionRow } from "./SuggestionRow";
import { TagTrend } from "./TagTrend";

/** Beside the sheet on a desk: what is talked about, and whom to follow. Nothing where there is neither. */
export function AsideBoxes() {
  const { data: tags = [] } = useTrendingTags();
  const { data: people = [] } = useSuggestions(true);
  const dismiss = useDismiss();
  return (
    <>
      {tags.length > 0 && (
        <section className="panel" aria-labelledby="aside-trends">
          <h2 id="aside-trends">{t.explore.trending}</h2>
          {tags.slice(0, 4).map((tag) => (
            <TagTrend key={tag.name} tag={tag} bare />
          ))}
          <Link to="/explore" className="linkish">
            {t.explore.more}
          </Link>
        </section>
      )}
      {people.length > 0 && (
        <section className="panel" aria-labelledby="aside-people">
          <h2 id="aside-people">{t.explore.whoToFollow}</h2>
          <ul className="aside-people">
            {people.slice(0, 3).map((one) => (
              <SuggestionRow key={one.id} one={one} onDismiss={(id) => void dismiss(id)} />
            ))}
          </ul>
          <Link to="/explore" search={{ tab: "people" }} className="linkish">
            {t.explore.more}
          </Link>
        </section>
      )}
    </>
  );
}
