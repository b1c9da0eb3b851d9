import { Link } from "@tanstack/react-router";
import type { Tag } from "@/api/types";
import { t } from "@/text";
import { peopleThisWeek, weekOf } from "./history";
import { Sparkline } from "./Sparkline";

type TagTrendProps = { tag: Tag; bare?: boolean };

/** A tag with how many talk about it. */
export function TagTrend({ tag, bare = false }: TagTrendProps) {
  return (
    <Link
      to="/tags/$tag"
      params={{ tag: tag.name }}
      className={bare ? "tag-row trend bare" : "tag-row trend"}
    >
      <span className="stack">
        <bdi>#{tag.name}</bdi>
        <span className="trend-people">{t.explore.people(peopleThisWeek(tag.history))}</span>
      </span>
      <Sparkline values={weekOf(tag.history)} />
    </Link>
  );
}
