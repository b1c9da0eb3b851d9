import { ChevronRight, Gavel, Scale, UserRoundPlus, Workflow } from "lucide-react";
import { Link } from "react-router";
import type { HomeView } from "~/api/types";
import { type Place, sees } from "~/auth/permissions";
import { usePowers } from "~/auth/session";
import { t } from "~/text";
import { since } from "~/text/words";

type Item = { place: Place; icon: typeof Gavel; says: string; detail?: string };

function itemsOf(home: HomeView): Item[] {
  const items: Item[] = [];
  const { open, more, oldest_at } = home.cases;
  if (open > 0) {
    const detail = oldest_at ? t.home.oldest(since(oldest_at)) : undefined;
    items.push({ place: "cases", icon: Gavel, says: t.home.openCases(open, more), detail });
  }
  if (home.appeals_waiting > 0)
    items.push({ place: "appeals", icon: Scale, says: t.home.appeals(home.appeals_waiting) });
  if (home.sign_ups_waiting > 0)
    items.push({ place: "sign-ups", icon: UserRoundPlus, says: t.home.signUps(home.sign_ups_waiting) });
  if (home.jobs && home.jobs.dead > 0)
    items.push({ place: "jobs", icon: Workflow, says: t.home.dead(home.jobs.dead) });
  return items;
}

/** What waits for this person, each with the way to it. */
export function Attention({ home }: { home: HomeView }) {
  const powers = usePowers();
  const items = itemsOf(home).filter((item) => sees(powers, item.place));
  if (items.length === 0) return <p className="soft">{t.home.calm}</p>;
  return (
    <ul className="attention">
      {items.map(({ place, icon: Icon, says, detail }) => (
        <li key={place}>
          <Link to={`/${place}`}>
            <span className="sign">
              <Icon size={18} aria-hidden="true" />
            </span>
            <span>
              <b>{says}</b>
              {detail && <span className="soft small"> · {detail}</span>}
            </span>
            <ChevronRight size={18} aria-hidden="true" />
          </Link>
        </li>
      ))}
    </ul>
  );
}
