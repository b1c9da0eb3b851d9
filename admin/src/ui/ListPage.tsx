import { Button, useMediaQuery } from "@mui/material";
import { ChevronLeft, ChevronRight, Download, SlidersHorizontal } from "lucide-react";
import type { ReactNode } from "react";
import { ListBase, useListContext, useNotify } from "react-admin";
import { answerOf } from "~/api/ask";
import { filterOf, wordOf } from "~/api/dataProvider";
import { gather } from "~/api/keyset";
import { type ResourceName, resourceOf } from "~/api/resources";
import { t } from "~/text";
import { type Columns, save, saveTable, table } from "./csv";
import { explain } from "./explain";
import { PageHead } from "./PageHead";
import { isPhone } from "./Rows";

type ListPageProps = {
  resource: ResourceName;
  title: string;
  says?: string;
  actions?: ReactNode;
  tools?: ReactNode;
  sort?: string;
  filter?: Record<string, string>;
  defaults?: Record<string, string>;
  perPage?: number;
  /** The same list as CSV: the server's path, or what the panel writes into columns. */
  csv?: string | Columns;
  /** Inside of another page: without a heading of its own. */
  inner?: boolean;
  sheet?: boolean;
  /** What was asked and picked is remembered from page to page; otherwise the address alone says it. */
  keep?: boolean;
  /** On a phone the filters stand behind a button. */
  fold?: boolean;
  children: ReactNode;
};

/** A list with its filters and pages. What is asked stands in the address, so that it can be linked to. */
export function ListPage({
  resource,
  title,
  says,
  actions,
  tools,
  sort = "newest",
  filter,
  defaults,
  perPage = 25,
  csv,
  inner = false,
  sheet = true,
  fold = false,
  keep = false,
  children,
}: ListPageProps) {
  return (
    <ListBase
      resource={resource}
      sort={{ field: sort, order: "DESC" }}
      filter={filter}
      filterDefaultValues={defaults}
      perPage={perPage}
      disableAuthentication
      disableSyncWithLocation={inner}
      storeKey={inner ? `inner.${title}` : keep ? undefined : false}
    >
      {!inner && (
        <PageHead
          title={title}
          says={says}
          actions={
            <>
              {csv && <CsvButton from={csv} resource={resource} />}
              {actions}
            </>
          }
        />
      )}
      {tools && <Tools fold={fold}>{tools}</Tools>}
      {sheet ? <div className="sheet">{children}</div> : children}
      <Pager />
    </ListBase>
  );
}

function Tools({ fold, children }: { fold: boolean; children: ReactNode }) {
  const phone = useMediaQuery(isPhone, { noSsr: true });
  const { filterValues } = useListContext();
  const set = Object.keys(filterValues).length;
  if (!fold || !phone) return <div className="tools">{children}</div>;
  return (
    <details className="fold">
      <summary>
        <SlidersHorizontal size={16} aria-hidden="true" />
        {set > 0 ? t.list.filtersSet(set) : t.list.filters}
      </summary>
      <div className="tools">{children}</div>
    </details>
  );
}

function Pager() {
  const { page, setPage, hasNextPage, hasPreviousPage, total } = useListContext();
  if (!hasNextPage && !hasPreviousPage && !total) return null;
  return (
    <nav className="pager" aria-label={t.list.page(page)}>
      {total !== undefined && <span className="tabular">{t.list.total(total)}</span>}
      {(hasNextPage || hasPreviousPage) && (
        <>
          <Button
            size="small"
            disabled={!hasPreviousPage}
            onClick={() => setPage(page - 1)}
            startIcon={<ChevronLeft size={16} />}
          >
            {t.list.newer}
          </Button>
          <span className="tabular">{t.list.page(page)}</span>
          <Button
            size="small"
            disabled={!hasNextPage}
            onClick={() => setPage(page + 1)}
            endIcon={<ChevronRight size={16} />}
          >
            {t.list.older}
          </Button>
        </>
      )}
    </nav>
  );
}

/** Rows of a table that the panel writes. */
const most = 2_000;

/** The whole list, with these filters. */
function CsvButton({ from, resource }: { from: string | Columns; resource: ResourceName }) {
  const { filterValues, filter, sort } = useListContext();
  const notify = useNotify();
  const fetchIt = async () => {
    try {
      const asked = filterOf({ ...filter, ...filterValues });
      const word = wordOf(sort.field);
      if (typeof from === "string") {
        save(
          await (await answerOf(from, { query: { ...asked, sort: word || undefined } })).blob(),
          `${resource}.csv`,
        );
      } else {
        const rows = await gather(
          (cursor, limit) => resourceOf(resource).list(asked, word, cursor, limit),
          most,
        );
        saveTable(table(rows, from), `${resource}.csv`);
      }
      notify(t.list.csvDone, { type: "success" });
    } catch (error) {
      notify(explain(error), { type: "error" });
    }
  };
  return (
    <Button variant="outlined" startIcon={<Download size={16} />} onClick={fetchIt} title={t.list.csvTitle}>
      {t.list.csv}
    </Button>
  );
}
