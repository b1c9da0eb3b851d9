import { number } from "@/text/plural";

export type Column = { key: string; label: string; followers: number; others: number };
type ColumnsProps = { columns: readonly Column[] };

const height = 100;
const pitch = 10;
/** Fewer columns leave room at the end: one of them alone would be a wall. */
const fewest = 7;

/** Upright bars, followers below and others above. Drawn to be stretched: the page gives them their width. */
export function Columns({ columns }: ColumnsProps) {
  const top = Math.max(1, ...columns.map((one) => one.followers + one.others));
  const tall = (count: number) => (count / top) * height;
  return (
    <div className="chart">
      <span className="chart-top">{number(top)}</span>
      <svg
        viewBox={`0 0 ${Math.max(columns.length, fewest) * pitch} ${height}`}
        preserveAspectRatio="none"
        className="chart-area"
        aria-hidden="true"
      >
        {columns.map(({ key, label, followers, others }, index) => (
          <g key={key}>
            <title>{`${label}: ${number(followers + others)}`}</title>
            <rect className="chart-hit" x={index * pitch} y={0} width={pitch} height={height} />
            <rect
              className="chart-followers"
              x={index * pitch + 1}
              y={height - tall(followers)}
              width={pitch - 2}
              height={tall(followers)}
            />
            <rect
              className="chart-others"
              x={index * pitch + 1}
              y={height - tall(followers + others)}
              width={pitch - 2}
              height={tall(others)}
            />
          </g>
        ))}
      </svg>
      <Ends labels={columns.slice(0, columns.length < fewest ? 1 : undefined).map((one) => one.label)} />
    </div>
  );
}

/** The first, the middle and the last of what stands under a chart. */
export function Ends({ labels }: { labels: readonly string[] }) {
  const middle = labels.length > 2 ? labels[Math.floor((labels.length - 1) / 2)] : "";
  return (
    <p className="chart-ends">
      <span>{labels[0]}</span>
      <span>{middle}</span>
      <span>{labels.length > 1 ? labels.at(-1) : ""}</span>
    </p>
  );
}
