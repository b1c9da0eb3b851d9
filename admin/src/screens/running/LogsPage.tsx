import { Fragment } from "react";
import { useListContext } from "react-admin";
import type { LogLine } from "~/api/types";
import { t } from "~/text";
import { fullTime } from "~/text/words";
import { Empty } from "~/ui/Empty";
import { explain } from "~/ui/explain";
import { Pick, SearchBox } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";

/** What the processes say of themselves. */
export function LogsPage() {
  const tools = (
    <>
      <SearchBox name="text" label={t.logs.text} />
      <Pick name="level" label={t.logs.level} choices={t.logs.levels} first="info" />
      <SearchBox name="target" label={t.logs.target} />
      <SearchBox name="request" label={t.logs.request} />
    </>
  );
  return (
    <ListPage
      resource="logs"
      title={t.places.logs}
      says={t.logs.says}
      tools={tools}
      fold
      sort="id"
      perPage={100}
    >
      <Lines />
    </ListPage>
  );
}

const tones: Record<string, string> = { error: "bad", warn: "warm", info: "good" };

function Lines() {
  const { data, error, meta, filterValues } = useListContext<LogLine>();
  if (error) return <Empty title={t.errors.title} says={explain(error)} />;
  if (!data) return <Empty title={t.app.loading} />;
  if (meta?.source === "none") return <Empty title={t.logs.none} says={t.logs.noneSays} />;
  if (data.length === 0)
    return (
      <Empty
        title={t.logs.empty}
        says={Object.keys(filterValues).length > 0 ? t.list.emptyFiltered : undefined}
      />
    );
  return (
    <div>
      {data.map((line) => (
        <div key={line.id} className="log">
          <time className="faint tabular nowrap small" dateTime={line.at} title={fullTime(line.at)}>
            {line.at.slice(0, 19).replace("T", " ")}
          </time>
          <span className={`tag ${tones[line.level] ?? ""}`}>{line.level}</span>
          <details>
            <summary className="words">{line.message}</summary>
            <dl className="facts mono">
              <dt>logger</dt>
              <dd>{line.target}</dd>
              {line.request && (
                <>
                  <dt>request</dt>
                  <dd>{line.request}</dd>
                </>
              )}
              {line.trace && (
                <>
                  <dt>trace</dt>
                  <dd>{line.trace}</dd>
                </>
              )}
              {Object.entries(line.fields).map(([name, value]) => (
                <Fragment key={name}>
                  <dt>{name}</dt>
                  <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
                </Fragment>
              ))}
            </dl>
          </details>
        </div>
      ))}
    </div>
  );
}
