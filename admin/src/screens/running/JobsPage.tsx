import { Button } from "@mui/material";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { number } from "@/text/plural";
import { read, send, staff } from "~/api/ask";
import type { JobsView } from "~/api/types";
import { t } from "~/text";
import { since } from "~/text/words";
import { Empty } from "~/ui/Empty";
import { explain } from "~/ui/explain";
import { PageHead } from "~/ui/PageHead";
import { Scroll } from "~/ui/Scroll";
import { useDo } from "~/ui/useDo";
import { When } from "~/ui/When";
import { DeadLetters } from "./DeadLetters";

export const jobsKey = ["jobs"] as const;

/** Queues, dead letters, schedules. */
export function JobsPage() {
  const { data, error } = useQuery({
    queryKey: jobsKey,
    queryFn: () => read<JobsView>(`${staff}/jobs`),
    refetchInterval: 15_000,
  });
  return (
    <>
      <PageHead title={t.places.jobs} says={t.jobs.says} />
      {data ? (
        <div className="stack">
          <Queue jobs={data} />
          <section aria-label={t.jobs.deadTitle}>
            <h2
              className="title"
              style={{ fontSize: "1.25rem", margin: "16px 0 2px", fontFamily: "var(--font-voice)" }}
            >
              {t.jobs.deadTitle}
            </h2>
            <p className="soft" style={{ margin: "0 0 12px" }}>
              {t.jobs.deadSays}
            </p>
            <DeadLetters kinds={data.kinds} />
          </section>
          <Schedules schedules={data.schedules} />
        </div>
      ) : (
        <Empty title={error ? t.errors.title : t.app.loading} says={error ? explain(error) : undefined} />
      )}
    </>
  );
}

function Queue({ jobs }: { jobs: JobsView }) {
  const figures: [string, number, boolean][] = [
    [t.jobs.ready, jobs.queue.ready, false],
    [t.jobs.leased, jobs.queue.leased, false],
    [t.jobs.delayed, jobs.queue.delayed, false],
    [t.jobs.dead, jobs.queue.dead, jobs.queue.dead > 0],
  ];
  return (
    <section aria-label={t.jobs.queue}>
      <div className="tiles" style={{ gridTemplateColumns: "repeat(auto-fill, minmax(150px, 1fr))" }}>
        {figures.map(([label, count, bad]) => (
          <div key={label} className="sheet tile">
            <span className="label">{label}</span>
            <span className={bad ? "value danger" : "value"}>{number(count)}</span>
          </div>
        ))}
      </div>
      {jobs.queue.next_due_at && <p className="small faint">{t.jobs.next(since(jobs.queue.next_due_at))}</p>}
    </section>
  );
}

function Schedules({ schedules }: { schedules: JobsView["schedules"] }) {
  const { run } = useDo();
  const cache = useQueryClient();
  const now = async (name: string) => {
    await run(
      () => send("POST", `${staff}/jobs/schedules/${encodeURIComponent(name)}/run`, { reason: "" }),
      t.jobs.queued(name),
    );
    await cache.invalidateQueries({ queryKey: jobsKey });
  };
  return (
    <section className="sheet" aria-label={t.jobs.schedules}>
      <h2 className="title" style={{ padding: "16px 16px 0" }}>
        {t.jobs.schedules}
      </h2>
      <Scroll label={t.jobs.schedules}>
        <table className="rows">
          <thead>
            <tr>
              <th>{t.jobs.schedule}</th>
              <th>{t.jobs.every}</th>
              <th className="num">{t.jobs.last}</th>
              <th className="num">{t.jobs.nextRun}</th>
              <th>
                <span className="visually-hidden">{t.app.more}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {schedules.map((one) => (
              <tr key={one.name}>
                <td>
                  <b>{one.name}</b> <span className="mono faint">{one.kind}</span>
                </td>
                <td>{one.every}</td>
                <td className="num">
                  <When at={one.last_run_at} never={t.jobs.notYet} />
                </td>
                <td className="num">
                  <When at={one.next_run_at} />
                </td>
                <td className="num">
                  <Button size="small" variant="outlined" onClick={() => void now(one.name)}>
                    {t.jobs.runNow}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
