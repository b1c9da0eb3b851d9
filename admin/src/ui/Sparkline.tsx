import { t } from "~/text";
import { dayOf } from "~/text/words";

type SparklineProps = { label: string; series: readonly { date: string; value: number }[] };

/** A curve for the eye, and the same as a table for who hears the page. */
export function Sparkline({ label, series }: SparklineProps) {
  const most = Math.max(1, ...series.map((point) => point.value));
  const step = 100 / Math.max(1, series.length - 1);
  const points = series.map(
    (point, at) => `${(at * step).toFixed(2)},${(38 - (point.value / most) * 35).toFixed(2)}`,
  );
  const line = `M${points.join("L")}`;
  return (
    <>
      {points.length > 1 && (
        <svg className="spark" viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true">
          <path className="area" d={`${line}L100,40L0,40Z`} />
          <path className="line" d={line} />
        </svg>
      )}
      <div className="visually-hidden">
        <table>
          <caption>{t.home.spark(label, series.length)}</caption>
          <thead>
            <tr>
              <th>{t.home.date}</th>
              <th>{t.home.count}</th>
            </tr>
          </thead>
          <tbody>
            {series.map((point) => (
              <tr key={point.date}>
                <td>{dayOf(point.date)}</td>
                <td>{point.value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
