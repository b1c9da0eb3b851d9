import { Button } from "@mui/material";
import { useListContext } from "react-admin";
import { number } from "@/text/plural";
import type { Trend } from "~/api/types";
import { t } from "~/text";
import { Pills } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";
import { Rows } from "~/ui/Rows";
import { useLater } from "~/ui/useLater";

const tones: Record<string, string> = { open: "", hidden: "bad", allowed: "good" };

/** What many speak of: shown, hidden, or allowed for good. */
export function TrendsPage() {
  const tools = (
    <>
      <Pills name="kind" label={t.trends.trend} choices={t.trends.kinds} first="tag" />
      <Pills name="state" label={t.errorGroups.state} choices={t.trends.states} first="all" />
    </>
  );
  return (
    <ListPage
      resource="trends"
      csv={{
        kind: "kind",
        title: "title",
        state: "state",
        rank: "rank",
        score: "score",
        today: "people_today",
        week: "people_week",
      }}
      title={t.places.trends}
      says={t.trends.says}
      tools={tools}
      sort="id"
      perPage={50}
    >
      <TrendRows />
    </ListPage>
  );
}

function TrendRows() {
  const later = useLater("trends");
  const { filterValues } = useListContext<Trend>();
  const filtered = filterValues.state !== undefined;
  const set = (row: Trend, state: string) =>
    later.change(row, {
      values: { kind: row.kind, state, reason: "" },
      shown: filtered ? { gone: true } : { state },
      said: t.trends.set(row.title, t.trends.states[state] ?? state),
    });
  return (
    <Rows<Trend>
      empty={t.trends.empty}
      nameOf={(row) => row.title}
      columns={[
        {
          label: t.trends.trend,
          cell: (row) => (
            <div className="form-row" style={{ flexWrap: "nowrap" }}>
              {row.picture && (
                <img
                  src={row.picture}
                  alt=""
                  width={48}
                  height={48}
                  style={{ objectFit: "cover", borderRadius: 12 }}
                  loading="lazy"
                />
              )}
              <div style={{ minWidth: 0 }}>
                <a
                  href={row.url}
                  target="_blank"
                  rel="noreferrer noopener"
                  className="clip2"
                  dir="auto"
                  style={{ color: "inherit" }}
                >
                  <b>{row.title}</b>
                </a>
                {row.by && <span className="small faint">{row.kind === "post" ? `@${row.by}` : row.by}</span>}
              </div>
            </div>
          ),
        },
        {
          label: t.errorGroups.state,
          plain: true,
          cell: (row) => <span className={`tag ${tones[row.state]}`}>{t.trends.states[row.state]}</span>,
        },
        {
          label: t.trends.rank,
          number: true,
          cell: (row) => (row.rank === null ? <span className="faint">{t.trends.notShown}</span> : row.rank),
        },
        { label: t.trends.today, number: true, cell: (row) => number(row.people_today) },
        { label: t.trends.week, number: true, cell: (row) => number(row.people_week) },
        { label: t.trends.score, number: true, cell: (row) => row.score.toFixed(1) },
      ]}
      actions={(row) => (
        <span className="form-row" style={{ justifyContent: "flex-end", flexWrap: "nowrap" }}>
          {row.state !== "open" && (
            <Button size="small" onClick={() => set(row, "open")}>
              {t.trends.reset}
            </Button>
          )}
          {row.state !== "hidden" && (
            <Button size="small" variant="outlined" onClick={() => set(row, "hidden")}>
              {t.trends.hide}
            </Button>
          )}
          {row.state !== "allowed" && (
            <Button size="small" variant="outlined" onClick={() => set(row, "allowed")}>
              {t.trends.allow}
            </Button>
          )}
        </span>
      )}
    />
  );
}
