import { Fragment, useState } from "react";
import { number } from "@/text/plural";
import type { HomeView, Tile } from "~/api/types";
import { t } from "~/text";
import { bytes, since } from "~/text/words";
import { Bar } from "~/ui/Bar";
import { Empty } from "~/ui/Empty";
import { explain } from "~/ui/explain";
import { PillGroup } from "~/ui/Filters";
import { PageHead } from "~/ui/PageHead";
import { Sparkline } from "~/ui/Sparkline";
import { Attention } from "./Attention";
import { Cohorts } from "./Cohorts";
import { useHome } from "./useWaiting";

const spans = [7, 30, 90];
const shown = ["active_people", "posts", "interactions", "sign_ups"];

/** What goes on, and what waits. */
export function HomePage() {
  const [days, setDays] = useState(30);
  const { data, error } = useHome(days);
  const choices = Object.fromEntries(spans.map((span) => [String(span), t.app.days(span)]));
  const choice = (
    <PillGroup
      label={t.home.span}
      choices={choices}
      value={String(days)}
      onChoose={(next) => setDays(Number(next))}
    />
  );
  return (
    <>
      <PageHead title={t.places.home} says={t.home.says} actions={choice} />
      {data ? (
        <Figures home={data} />
      ) : (
        <Empty title={error ? t.errors.title : t.app.loading} says={error ? explain(error) : undefined} />
      )}
    </>
  );
}

function Figures({ home }: { home: HomeView }) {
  const tiles = shown
    .map((key) => home.tiles.find((tile) => tile.key === key))
    .filter((tile) => tile !== undefined);
  return (
    <>
      <div className="tiles">
        {tiles.map((tile) => (
          <TileView key={tile.key} tile={tile} days={home.days} />
        ))}
      </div>
      <div className="columns">
        <div className="stack">
          <section className="sheet padded">
            <h2>{t.home.attention}</h2>
            <Attention home={home} />
          </section>
          <Cohorts cohorts={home.retention} />
        </div>
        <div className="stack">
          <Ages home={home} />
          {home.jobs && (
            <section className="sheet padded">
              <h2>{t.home.queue}</h2>
              <dl className="facts tabular">
                <dt>{t.home.ready}</dt>
                <dd>{number(home.jobs.ready)}</dd>
                <dt>{t.home.leased}</dt>
                <dd>{number(home.jobs.leased)}</dd>
                <dt>{t.home.delayed}</dt>
                <dd>{number(home.jobs.delayed)}</dd>
                <dt>{t.home.deadJobs}</dt>
                <dd className={home.jobs.dead > 0 ? "danger" : undefined}>{number(home.jobs.dead)}</dd>
              </dl>
            </section>
          )}
          <Storage storage={home.storage} />
          <section className="sheet padded">
            <h2>{t.home.versions}</h2>
            <dl className="facts">
              {home.versions.map((one) => (
                <Fragment key={one.key}>
                  <dt>{one.key === "sociosphere" ? one.name : one.key}</dt>
                  <dd>
                    {one.key === "sociosphere" ? one.version : [one.name, one.version].join(" ").trim()}
                  </dd>
                </Fragment>
              ))}
            </dl>
          </section>
        </div>
      </div>
    </>
  );
}

function TileView({ tile, days }: { tile: Tile; days: number }) {
  const label = t.home.tiles[tile.key] ?? tile.key;
  return (
    <section className="sheet tile" aria-label={label}>
      <span className="label">{label}</span>
      <span className="value">{number(tile.total)}</span>
      <span className="change">
        {tile.key === "active_people" ? t.home.bestDay(tile.before) : t.home.before(tile.before, days)}
      </span>
      <Sparkline label={label} series={tile.series} />
    </section>
  );
}

function Ages({ home }: { home: HomeView }) {
  const most = Math.max(1, ...home.cases.by_age.map((one) => one.count));
  return (
    <section className="sheet padded">
      <h2>{t.home.byAge}</h2>
      <dl className="bars">
        {home.cases.by_age.map(({ age, count }) => (
          <div key={age}>
            <dt>{t.home.ages[age] ?? age}</dt>
            <Bar share={count / most} />
            <dd>{number(count)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Storage({ storage }: { storage: HomeView["storage"] }) {
  const most = Math.max(1, ...storage.classes.map((one) => one.bytes));
  return (
    <section className="sheet padded">
      <h2>{t.home.storage}</h2>
      <dl className="bars">
        {storage.classes.map((one) => (
          <div key={one.class}>
            <dt>{t.home.classes[one.class] ?? one.class}</dt>
            <Bar share={one.bytes / most} />
            <dd title={t.home.files(one.files)}>{bytes(one.bytes)}</dd>
          </div>
        ))}
      </dl>
      <p className="small faint">
        {storage.counted_at ? t.home.countedAt(since(storage.counted_at)) : t.home.notCounted}
      </p>
    </section>
  );
}
