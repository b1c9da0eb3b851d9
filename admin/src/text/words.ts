// Numbers and times as the panel says them.
import { t } from "./index";

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const month = new Intl.DateTimeFormat("en-GB", { month: "short", year: "2-digit", timeZone: "UTC" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 hours ago", "in 2 days". */
export function since(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return t.app.now;
}

const lengths = new Map<string, Intl.NumberFormat>();
/** "3 hours": an age without a direction. */
export function span(seconds: number): string {
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? ["minute", 60];
  let format = lengths.get(unit);
  if (!format) {
    format = new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" });
    lengths.set(unit, format);
  }
  return format.format(Math.max(0, Math.trunc(seconds / size)));
}

export const fullTime = (iso: string) => full.format(new Date(iso));
export const monthOf = (date: string) => month.format(new Date(`${date.slice(0, 10)}T00:00:00Z`));
export const dayOf = (date: string) => day.format(new Date(`${date.slice(0, 10)}T00:00:00Z`));

/** 1234 is "1.2 kB": thousands, as disks count. */
export function bytes(count: number): string {
  let [value, unit] = [count, 0];
  while (value >= 1000 && unit < t.commands.bytes.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${t.commands.bytes[unit]}`;
}
