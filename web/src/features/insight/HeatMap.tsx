import { number } from "@/text/plural";

type HeatMapProps = { hours: readonly (readonly number[])[]; days: readonly string[] };

const cell = 10;

/** Seven rows of twenty-four: the more, the warmer. */
export function HeatMap({ hours, days }: HeatMapProps) {
  const top = Math.max(1, ...hours.flat());
  return (
    <div className="heat">
      <ul className="heat-days" aria-hidden="true">
        {days.map((day) => (
          <li key={day}>{day}</li>
        ))}
      </ul>
      <svg
        viewBox={`0 0 ${24 * cell} ${7 * cell}`}
        preserveAspectRatio="none"
        className="heat-area"
        aria-hidden="true"
      >
        {hours.map((row, day) =>
          row.map((count, hour) => (
            <g key={`${days[day]}${clock(hour)}`}>
              <title>{`${days[day]} ${clock(hour)}: ${number(count)}`}</title>
              <rect
                className="heat-none"
                x={hour * cell + 0.5}
                y={day * cell + 0.5}
                width={cell - 1}
                height={cell - 1}
              />
              {count > 0 && (
                <rect
                  className="heat-some"
                  x={hour * cell + 0.5}
                  y={day * cell + 0.5}
                  width={cell - 1}
                  height={cell - 1}
                  fillOpacity={0.2 + 0.8 * (count / top)}
                />
              )}
            </g>
          )),
        )}
      </svg>
      <p className="heat-hours" aria-hidden="true">
        {[0, 6, 12, 18].map((hour) => (
          <span key={hour}>{clock(hour)}</span>
        ))}
      </p>
    </div>
  );
}

/** 6 as 06:00. */
export const clock = (hour: number) => `${String(hour).padStart(2, "0")}:00`;
