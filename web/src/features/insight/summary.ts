import { t } from "@/text";
import { number } from "@/text/plural";

/** What a chart says, in a sentence. */
export function highest(what: string, values: readonly { label: string; value: number }[]): string {
  const top = values.reduce((best, one) => (one.value > best.value ? one : best), { label: "", value: 0 });
  return top.value === 0 ? t.insight.steady(what) : t.insight.highest(what, number(top.value), top.label);
}
