import { number } from "@/text/plural";
import type { Cohort } from "~/api/types";
import { t } from "~/text";
import { monthOf } from "~/text/words";
import { Scroll } from "~/ui/Scroll";

/** Of those who joined in a month, the share that was here in each month after. */
export function Cohorts({ cohorts: all }: { cohorts: readonly Cohort[] }) {
  const cohorts = all.filter((cohort) => cohort.people > 0);
  const months = [...new Set(cohorts.flatMap((cohort) => cohort.data.map((one) => one.date)))].sort();
  return (
    <section className="sheet padded">
      <h2>{t.home.retention}</h2>
      <p className="soft small">{t.home.retentionSays}</p>
      <Scroll label={t.home.retention}>
        <table className="cohorts">
          <thead>
            <tr>
              <th>{t.home.month}</th>
              <th>{t.home.people}</th>
              {months.map((month) => (
                <th key={month}>{monthOf(month)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cohorts.map((cohort) => (
              <tr key={cohort.period}>
                <th>{monthOf(cohort.period)}</th>
                <td>{number(cohort.people)}</td>
                {months.map((month) => {
                  const one = cohort.data.find((point) => point.date === month);
                  if (!one || cohort.people === 0) return <td key={month} className="none" />;
                  const depth = `color-mix(in oklch, var(--ember) ${Math.round(one.rate * 42)}%, var(--sunken))`;
                  return (
                    <td key={month} style={{ background: depth }} title={number(one.value)}>
                      {Math.round(one.rate * 100)}%
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
