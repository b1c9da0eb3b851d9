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
