import { t } from "@/text";
import { number } from "@/text/plural";

type TileProps = { name: string; hint: string; now: number; before: number; days: number };

/** One number, beside that of the days before. */
export function Tile({ name, hint, now, before, days }: TileProps) {
  return (
    <div className="tile-number">
      <dt title={hint}>{name}</dt>
      <dd>
        <b>{number(now)}</b>
        <span>{compared(now, before, days)}</span>
      </dd>
    </div>
  );
}

const share = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });

/** The difference in words: a colour or an arrow alone would say it to some only. */
export function compared(now: number, before: number, days: number): string {
  if (before === 0) return now === 0 ? t.insight.same : t.insight.fresh;
  if (now === before) return t.insight.same;
  const change = share.format(Math.abs(now - before) / before);
  return `${now > before ? t.insight.more(change) : t.insight.less(change)} ${t.insight.before(days)}`;
}
