import { number } from "@/text/plural";
import { Ends } from "./Columns";

export type Spot = { key: string; label: string; value: number };
type LineProps = { spots: readonly Spot[] };

const height = 100;
const pitch = 10;

/** A line over time, from the least to the most that it has: a change of a few is seen also among many. */
export function Line({ spots }: LineProps) {
  const values = spots.map((spot) => spot.value);
  const most = Math.max(...values);
  const least = Math.min(...values);
  const span = Math.max(1, most - least);
  const width = Math.max(1, spots.length - 1) * pitch;
  const y = (value: number) => height - ((value - least) / span) * (height - 4) - 2;
  const path = spots
    .map((spot, index) => `${index === 0 ? "M" : "L"}${index * pitch} ${y(spot.value)}`)
    .join("");
  return (
    <div className="chart">
      <span className="chart-top">{number(most)}</span>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        className="chart-area"
        aria-hidden="true"
      >
        <path className="chart-below" d={`${path}L${width} ${height}L0 ${height}Z`} />
        <path className="chart-line" d={path} />
        {spots.map((spot, index) => (
          <rect
            key={spot.key}
            className="chart-hit"
            x={index * pitch - pitch / 2}
            y={0}
            width={pitch}
            height={height}
          >
            <title>{`${spot.label}: ${number(spot.value)}`}</title>
          </rect>
        ))}
      </svg>
      <span className="chart-bottom">{number(least)}</span>
      <Ends labels={spots.map((spot) => spot.label)} />
    </div>
  );
}
