import { Button, Checkbox, useMediaQuery } from "@mui/material";
import type { ReactNode } from "react";
import { useListContext } from "react-admin";
import type { Thing } from "~/api/resources";
import { t } from "~/text";
import { Empty } from "./Empty";
import { explain } from "./explain";
import { Scroll } from "./Scroll";

export type Column<T> = { label: string; cell: (row: T) => ReactNode; number?: boolean; plain?: boolean };
export type RowsProps<T> = {
  columns: readonly Column<T>[];
  /** What a row is called, for those who hear it. */
  nameOf: (row: T) => string;
  /** What is done with many; without it nothing can be picked. */
  bulk?: (ids: string[], rows: T[], done: () => void) => ReactNode;
  /** What is done with one. */
  actions?: (row: T) => ReactNode;
  empty: string;
};

export const isPhone = "(max-width: 860px)";
/** Something that was just changed and does not belong to this list any more; it is back if that is undone. */
const isGone = (row: Thing) => "gone" in row && row.gone === true;

/** The rows of a list: a table on a desk, cards on a phone. The first column is what a row is about. */
export function Rows<T extends Thing>({ columns, nameOf, bulk, actions, empty }: RowsProps<T>) {
  const phone = useMediaQuery(isPhone, { noSsr: true });
  const list = useListContext<T>();
  const { data, isPending, error, filterValues, selectedIds, onSelect, onToggleItem, onUnselectItems } = list;
  if (error && !data) return <Empty title={t.errors.title} says={explain(error)} />;
  if (isPending || !data) return <Empty title={t.app.loading} />;
  const rows = data.filter((row) => !isGone(row));
  if (rows.length === 0) {
    return (
      <Empty title={empty} says={Object.keys(filterValues).length > 0 ? t.list.emptyFiltered : undefined} />
    );
  }
  const picked = rows.filter((row) => selectedIds.includes(row.id));
  const tick = (row: T) => (
    <Checkbox
      size="small"
      checked={selectedIds.includes(row.id)}
      onChange={() => onToggleItem(row.id)}
      slotProps={{ input: { "aria-label": t.list.pick(nameOf(row)) } }}
    />
  );
  const bar = bulk && picked.length > 0 && (
    <div className="bulk">
      <b>{t.list.picked(picked.length)}</b>
      {bulk(
        picked.map((row) => row.id),
        picked,
        onUnselectItems,
      )}
      <Button size="small" onClick={() => onUnselectItems()}>
        {t.list.unpick}
      </Button>
    </div>
  );
  const [first, ...rest] = columns;
  if (phone) {
    return (
      <>
        {bar}
        <ul className="cards">
          {rows.map((row) => (
            <li key={row.id}>
              {bulk && tick(row)}
              <div className="body">
                {first?.cell(row)}
                <div className="line">
                  {rest.map((column) => (
                    <span key={column.label}>
                      {!column.plain && <span className="faint">{column.label} </span>}
                      {column.cell(row)}
                    </span>
                  ))}
                </div>
                {actions && <div className="line">{actions(row)}</div>}
              </div>
            </li>
          ))}
        </ul>
      </>
    );
  }
  const all = picked.length === rows.length;
  return (
    <>
      {bar}
      <Scroll label={t.list.table}>
        <table className="rows">
          <thead>
            <tr>
              {bulk && (
                <th className="tick">
                  <Checkbox
                    size="small"
                    checked={all}
                    indeterminate={picked.length > 0 && !all}
                    onChange={() => onSelect(all ? [] : rows.map((row) => row.id))}
                    slotProps={{ input: { "aria-label": t.list.pickAll } }}
                  />
                </th>
              )}
              {columns.map((column) => (
                <th key={column.label} className={column.number ? "num" : undefined}>
                  {column.label}
                </th>
              ))}
              {actions && (
                <th>
                  <span className="visually-hidden">{t.app.more}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                {bulk && <td className="tick">{tick(row)}</td>}
                {columns.map((column) => (
                  <td key={column.label} className={column.number ? "num" : undefined}>
                    {column.cell(row)}
                  </td>
                ))}
                {actions && <td className="num">{actions(row)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
