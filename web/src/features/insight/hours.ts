// The week as the server counts it, in UTC, as the week where the reader is.

const hoursOfWeek = 7 * 24;

/** Turns 7 × 24 counts (Monday first) by so many minutes east of UTC; half hours round. */
export function hoursHere(utc: readonly (readonly number[])[], minutesEast: number): number[][] {
  const turn = Math.round(minutesEast / 60);
  return Array.from({ length: 7 }, (_, day) =>
    Array.from({ length: 24 }, (_, hour) => {
      const at = (day * 24 + hour - turn + hoursOfWeek) % hoursOfWeek;
      return utc[Math.floor(at / 24)]?.[at % 24] ?? 0;
    }),
  );
}

/** The hour with the most, if there is any. */
export function busiest(
  hours: readonly (readonly number[])[],
): { day: number; hour: number; count: number } | null {
  let best = null;
  for (const [day, row] of hours.entries())
    for (const [hour, count] of row.entries()) if (count > (best?.count ?? 0)) best = { day, hour, count };
  return best;
}
