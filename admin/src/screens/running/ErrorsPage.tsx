import { Button } from "@mui/material";
import { Link } from "react-router";
import { number } from "@/text/plural";
import type { ErrorGroup } from "~/api/types";
import { useMay } from "~/auth/session";
import { t } from "~/text";
import { Pick, Pills } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";
import { Rows } from "~/ui/Rows";
import { useLater } from "~/ui/useLater";
import { When } from "~/ui/When";

const tones: Record<string, string> = { open: "bad", back: "bad", resolved: "good" };
const saysState = (state: string) => (state === "back" ? t.errorGroups.back : t.errorGroups.states[state]);

/** Alike errors together, until somebody says that they are mended. */
export function ErrorsPage() {
  const tools = (
    <>
      <Pills name="state" label={t.errorGroups.state} choices={t.errorGroups.states} />
      <Pick name="source" label={t.errorGroups.source} choices={t.errorGroups.sources} />
    </>
  );
  return (
    <ListPage
      resource="errors"
      csv={{
        title: "title",
        place: "place",
        source: "source",
        state: "state",
        count: "count",
        first: "first_at",
        last: "last_at",
        version: "last_version",
      }}
      title={t.places.errors}
      says={t.errorGroups.says}
      tools={tools}
      sort="id"
    >
      <Groups />
    </ListPage>
  );
}

function Groups() {
  const later = useLater("errors");
  const seesLogs = useMay("view_operations");
  const resolve = (row: ErrorGroup) =>
    later.change(row, {
      act: "resolve",
      values: { reason: "" },
      shown: { state: "resolved" },
      said: t.errorGroups.resolved,
    });
  const reopen = (row: ErrorGroup) =>
    later.change(row, {
      act: "reopen",
      values: { reason: "" },
      shown: { state: "open" },
      said: t.errorGroups.reopened,
    });
  return (
    <Rows<ErrorGroup>
      empty={t.errorGroups.empty}
      nameOf={(row) => row.title}
      columns={[
        {
          label: t.errorGroups.error,
          cell: (row) => (
            <details>
              <summary>
                <b className="words">{row.title}</b>
              </summary>
              <dl className="facts small" style={{ marginTop: 8 }}>
                <dt>{t.errorGroups.place}</dt>
                <dd className="mono">{row.place}</dd>
                <dt>{t.errorGroups.first}</dt>
                <dd>
                  <When at={row.first_at} />
                </dd>
                <dt>{t.errorGroups.versions}</dt>
                <dd>
                  {row.first_version === row.last_version
                    ? row.last_version
                    : `${row.first_version} … ${row.last_version}`}
                </dd>
                {row.request && (
                  <>
                    <dt>{t.errorGroups.request}</dt>
                    <dd className="mono">
                      {seesLogs ? (
                        <Link
                          to={`/logs?filter=${encodeURIComponent(JSON.stringify({ request: row.request }))}`}
                        >
                          {row.request}
                        </Link>
                      ) : (
                        row.request
                      )}
                    </dd>
                  </>
                )}
                {row.trace && (
                  <>
                    <dt>{t.errorGroups.trace}</dt>
                    <dd className="mono">{row.trace}</dd>
                  </>
                )}
              </dl>
              {row.detail && (
                <>
                  <p className="small faint">{t.errorGroups.example}</p>
                  <pre className="mono words">{row.detail}</pre>
                </>
              )}
            </details>
          ),
        },
        {
          label: t.errorGroups.state,
          plain: true,
          cell: (row) => <span className={`tag ${tones[row.state] ?? ""}`}>{saysState(row.state)}</span>,
        },
        {
          label: t.errorGroups.source,
          plain: true,
          cell: (row) => t.errorGroups.sources[row.source] ?? row.source,
        },
        { label: t.errorGroups.times, number: true, cell: (row) => number(row.count) },
        { label: t.errorGroups.seen, number: true, cell: (row) => <When at={row.last_at} /> },
      ]}
      actions={(row) =>
        row.state === "resolved" ? (
          <Button size="small" onClick={() => reopen(row)}>
            {t.errorGroups.reopen}
          </Button>
        ) : (
          <Button size="small" variant="outlined" onClick={() => resolve(row)}>
            {t.errorGroups.resolve}
          </Button>
        )
      }
    />
  );
}
