import { Link, useSearch } from "@tanstack/react-router";
import type { AccountInsight } from "@/api/types";
import { PageHead } from "@/app/PageHead";
import { insightRanges } from "@/app/router";
import { t } from "@/text";
import { digits, number } from "@/text/plural";
import { dayName, weekdays } from "@/text/time";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { Best } from "./Best";
import { Columns } from "./Columns";
import { Downloads } from "./Downloads";
import { Figure } from "./Figure";
import { clock, HeatMap } from "./HeatMap";
import { busiest, hoursHere } from "./hours";
import { Legend } from "./Legend";
import { Line } from "./Line";
import { useAccountInsight } from "./queries";
import { highest } from "./summary";
import { Tile } from "./Tile";

/** The dashboard of one's own account. */
export function InsightsPage() {
  const { days = 28 } = useSearch({ from: "/shell/insights" });
  const { data, error, refetch } = useAccountInsight(days);
  return (
    <>
      <PageHead title={t.insight.title} />
      <nav className="pills insight-ranges" aria-label={t.insight.range}>
        {insightRanges.map((one) => (
          <Link
            key={one}
            to="/insights"
            search={{ days: one }}
            className={one === days ? "pill here" : "pill"}
            aria-current={one === days ? "page" : undefined}
          >
            {t.insight.days(one)}
          </Link>
        ))}
      </nav>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <Dashboard insight={data} days={days} />
      ) : (
        <Skeleton kind="post" count={3} />
      )}
    </>
  );
}

function Dashboard({ insight, days }: { insight: AccountInsight; days: number }) {
  const { now, before } = insight;
  const counted =
    now.impressions.total + before.impressions.total + now.profile_visits.total + before.profile_visits.total;
  if (counted === 0 && insight.followers === 0)
    return (
      <EmptyState title={t.insight.emptyTitle} body={t.insight.emptyBody}>
        <p className="text-small">{t.insight.honest}</p>
      </EmptyState>
    );
  const tiles = [
    ["impressions", now.impressions.total, before.impressions.total],
    ["reach", now.reach.total, before.reach.total],
    ["views", now.views.total, before.views.total],
    ["link_opens", now.link_opens.total, before.link_opens.total],
    ["profile_visits", now.profile_visits.total, before.profile_visits.total],
    ["new_followers", now.new_followers, before.new_followers],
  ] as const;
  return (
    <div className="insight">
      <h2 className="sr-only">{t.insight.now}</h2>
      <dl className="tiles">
        {tiles.map(([name, value, earlier]) => (
          <Tile
            key={name}
            name={t.insight[name]}
            hint={t.insight[`${name}Hint`]}
            now={value}
            before={earlier}
            days={days}
          />
        ))}
      </dl>
      <Days insight={insight} />
      <Hours utc={insight.hours} />
      {insight.best_posts.length > 0 && <Best posts={insight.best_posts} />}
      <Downloads days={days} />
      <p className="honest">
        {t.insight.private} {t.insight.honest}
      </p>
    </div>
  );
}

function Days({ insight }: { insight: AccountInsight }) {
  const { days } = insight;
  const label = (date: string) => dayName(date);
  return (
    <>
      <Figure
        title={t.insight.followersOverTime}
        summary={highest(
          t.insight.followersOverTime,
          days.map((day) => ({ label: label(day.date), value: day.followers })),
        )}
        columns={[t.insight.date, t.insight.followers, t.insight.new_followers]}
        rows={days.map((day) => [label(day.date), digits(day.followers), digits(day.new_followers)])}
      >
        <Line spots={days.map((day) => ({ key: day.date, label: label(day.date), value: day.followers }))} />
      </Figure>
      <Figure
        title={t.insight.reachByDay}
        summary={highest(
          t.insight.reachByDay,
          days.map((day) => ({ label: label(day.date), value: day.reach })),
        )}
        columns={[t.insight.date, t.insight.reach]}
        rows={days.map((day) => [label(day.date), digits(day.reach)])}
      >
        <Columns
          columns={days.map((day) => ({
            key: day.date,
            label: label(day.date),
            followers: day.reach,
            others: 0,
          }))}
        />
      </Figure>
      <Figure
        title={t.insight.seenBy}
        summary={highest(
          t.insight.seenBy,
          days.map((day) => ({ label: label(day.date), value: day.impressions.total })),
        )}
        columns={[t.insight.date, t.insight.all, t.insight.followers, t.insight.others]}
        rows={days.map(({ date, impressions }) => [
          label(date),
          digits(impressions.total),
          digits(impressions.followers),
          digits(impressions.others),
        ])}
        legend={<Legend />}
      >
        <Columns
          columns={days.map(({ date, impressions }) => ({ key: date, label: label(date), ...impressions }))}
        />
      </Figure>
    </>
  );
}

function Hours({ utc }: { utc: readonly (readonly number[])[] }) {
  const here = hoursHere(utc, -new Date().getTimezoneOffset());
  const most = busiest(here);
  const summary = most
    ? t.insight.busiest(weekdays.long[most.day] ?? "", clock(most.hour), number(most.count))
    : t.insight.steady(t.insight.bestHours);
  return (
    <Figure
      title={t.insight.bestHours}
      summary={summary}
      columns={[t.insight.hour, ...weekdays.short]}
      rows={Array.from({ length: 24 }, (_, hour) => [
        clock(hour),
        ...here.map((row) => digits(row[hour] ?? 0)),
      ])}
    >
      <HeatMap hours={here} days={weekdays.short} />
    </Figure>
  );
}
