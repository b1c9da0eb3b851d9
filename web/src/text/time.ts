// Times as people say them. Short in lists, full in a post of its own.

const minute = 60_000;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayAndYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const long = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});
const month = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric" });

export function shortTime(iso: string, now = Date.now()): string {
  const then = new Date(iso);
  const age = now - then.getTime();
  if (age < minute) return "now";
  if (age < 60 * minute) return `${Math.floor(age / minute)}m`;
  if (age < 24 * 60 * minute) return `${Math.floor(age / 60 / minute)}h`;
  if (age < 7 * 24 * 60 * minute) return `${Math.floor(age / 24 / 60 / minute)}d`;
  return (then.getFullYear() === new Date(now).getFullYear() ? day : dayAndYear).format(then);
}

export const fullTime = (iso: string) => `${long.format(new Date(iso))}, ${clock.format(new Date(iso))}`;
export const monthOf = (iso: string) => month.format(new Date(iso));

// Days that are counted in UTC keep their names everywhere.
const utcDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const hourOfDay = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** 23 Nov, of a date or a moment in UTC. */
export const dayName = (iso: string) => utcDay.format(new Date(iso));
/** 23 Nov, 18:00, where the reader is. */
export const hourName = (iso: string) => hourOfDay.format(new Date(iso));

const named = (weekday: "long" | "short") => {
  const format = new Intl.DateTimeFormat("en-GB", { weekday, timeZone: "UTC" });
  // 5 January 1970 was a Monday.
  return Array.from({ length: 7 }, (_, day) => format.format(Date.UTC(1970, 0, 5 + day)));
};
/** Monday first. */
export const weekdays = { long: named("long"), short: named("short") };

const weekdayName = new Intl.DateTimeFormat("en-GB", { weekday: "long" });
const weekdayShort = new Intl.DateTimeFormat("en-GB", { weekday: "short" });
const dayAndWeekday = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });

/** 9:41, where the reader is. */
export const clockTime = (iso: string) => clock.format(new Date(iso));

/** How many midnights lie between a moment and now. */
function nightsAgo(iso: string, now: number): number {
  const start = (at: Date) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
  return Math.round((start(new Date(now)) - start(new Date(iso))) / (24 * 60 * minute));
}

/** The clock of today, "Yesterday", a weekday, a date: for lists. */
export function listTime(iso: string, yesterday: string, now = Date.now()): string {
  const nights = nightsAgo(iso, now);
  const then = new Date(iso);
  if (nights <= 0) return clock.format(then);
  if (nights === 1) return yesterday;
  if (nights < 7) return weekdayShort.format(then);
  return (then.getFullYear() === new Date(now).getFullYear() ? day : dayAndYear).format(then);
}

/** Today, Yesterday, Saturday, Saturday 3 October, with its year if it is another: for lines between days. */
export function dayLine(iso: string, words: { today: string; yesterday: string }, now = Date.now()): string {
  const nights = nightsAgo(iso, now);
  const then = new Date(iso);
  if (nights <= 0) return words.today;
  if (nights === 1) return words.yesterday;
  if (nights < 7) return weekdayName.format(then);
  return (then.getFullYear() === new Date(now).getFullYear() ? dayAndWeekday : long).format(then);
}
