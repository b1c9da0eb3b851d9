import { ChartColumn, Table } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { t } from "@/text";
import { IconButton } from "@/ui/IconButton";

type FigureProps = {
  title: string;
  /** What the picture says, for those who do not see it. */
  summary: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  legend?: ReactNode;
  children: ReactNode;
};

/** A chart with the table that is behind it. */
export function Figure({ title, summary, columns, rows, legend, children }: FigureProps) {
  const [table, setTable] = useState(false);
  const id = useId();
  return (
    <section className="figure" aria-labelledby={id}>
      <header className="figure-head">
        <h2 id={id}>{title}</h2>
        <IconButton
          label={`${table ? t.insight.asChart : t.insight.asTable}: ${title}`}
          aria-pressed={table}
          onClick={() => setTable(!table)}
        >
          {table ? <ChartColumn className="i" /> : <Table className="i" />}
        </IconButton>
      </header>
      {table ? (
        // A keyboard scrolls it, too.
        <section className="figure-table" tabIndex={0} aria-label={title}>
          <table>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(([head, ...cells]) => (
                <tr key={head}>
                  <th scope="row">{head}</th>
                  {cells.map((cell, column) => (
                    <td key={columns[column + 1]}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : (
        <>
          <div role="img" aria-label={summary}>
            {children}
          </div>
          {legend}
        </>
      )}
    </section>
  );
}
