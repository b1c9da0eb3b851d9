import { Button } from "@mui/material";
import { useQueryClient } from "@tanstack/react-query";
import { useListContext } from "react-admin";
import { send, staff } from "~/api/ask";
import type { DeadJob } from "~/api/types";
import { t } from "~/text";
import { Pick } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";
import { Rows } from "~/ui/Rows";
import { useDo } from "~/ui/useDo";
import { useLater } from "~/ui/useLater";
import { When } from "~/ui/When";
import { jobsKey } from "./JobsPage";

type Row = DeadJob & { id: string };

/** Jobs that failed every time: retry or drop, some or all. */
export function DeadLetters({ kinds }: { kinds: readonly string[] }) {
  const choices = { "": t.jobs.anyKind, ...Object.fromEntries(kinds.map((kind) => [kind, kind])) };
  return (
    <ListPage resource="dead-jobs" title="dead-jobs" inner sort="id" sheet={false}>
      <div className="tools">
        <Pick name="kind" label={t.jobs.kind} choices={choices} first="" />
        <All />
      </div>
      <div className="sheet">
        <Letters />
      </div>
    </ListPage>
  );
}

/** All of the kind that is shown: what cannot be counted on the page is asked for by name. */
function All() {
  const { data, filterValues } = useListContext<Row>();
  const { run, busy } = useDo();
  const cache = useQueryClient();
  if (!data || data.length === 0) return null;
  const kind = filterValues.kind ? { kind: filterValues.kind } : {};
  const all = async (verb: "retry" | "drop", said: (n: number) => string) => {
    await run(
      () => send<{ done: number }>("POST", `${staff}/jobs/dead/${verb}`, { all: true, ...kind, reason: "" }),
      (got) => said(got.done),
    );
    await cache.invalidateQueries({ queryKey: jobsKey });
  };
  return (
    <>
      <Button variant="outlined" disabled={busy} onClick={() => void all("retry", t.jobs.retried)}>
        {t.jobs.retryAll}
      </Button>
      <Button disabled={busy} onClick={() => void all("drop", t.jobs.dropped)}>
        {t.jobs.dropAll}
      </Button>
    </>
  );
}

function Letters() {
  const later = useLater("dead-jobs");
  const { run } = useDo();
  const cache = useQueryClient();
  const { onUnselectItems } = useListContext<Row>();
  const retry = async (keys: string[]) => {
    if (
      await run(
        () => send<{ done: number }>("POST", `${staff}/jobs/dead/retry`, { keys, reason: "" }),
        (got) => t.jobs.retried(got.done),
      )
    )
      onUnselectItems();
    await cache.invalidateQueries({ queryKey: jobsKey });
  };
  return (
    <Rows<Row>
      empty={t.jobs.noDead}
      nameOf={(row) => row.kind}
      bulk={(ids) => (
        <>
          <Button size="small" variant="contained" onClick={() => void retry(ids)}>
            {t.jobs.retry}
          </Button>
          <Button
            size="small"
            variant="outlined"
            onClick={() =>
              later.removeMany(ids, { said: t.jobs.dropped(ids.length), onDone: onUnselectItems })
            }
          >
            {t.jobs.drop}
          </Button>
        </>
      )}
      columns={[
        {
          label: t.jobs.kind,
          cell: (row) => (
            <details>
              <summary>
                <b className="mono">{row.kind}</b>
              </summary>
              <p className="small faint">{t.jobs.body}</p>
              <pre className="mono words">{JSON.stringify(row.body, null, 2)}</pre>
            </details>
          ),
        },
        { label: t.jobs.error, plain: true, cell: (row) => <span className="mono clip2">{row.error}</span> },
        {
          label: t.jobs.attempts,
          number: true,
          cell: (row) => row.attempts,
        },
        { label: t.jobs.died, number: true, cell: (row) => <When at={row.died_at} /> },
      ]}
      actions={(row) => (
        <span className="form-row" style={{ justifyContent: "flex-end", flexWrap: "nowrap" }}>
          <Button size="small" onClick={() => later.remove(row, { said: t.jobs.dropped(1) })}>
            {t.jobs.drop}
          </Button>
          <Button size="small" variant="outlined" onClick={() => void retry([row.id])}>
            {t.jobs.retry}
          </Button>
        </span>
      )}
    />
  );
}
