// Plural forms by the language's own rules; a translation gives the forms its language has.

const rules = new Intl.PluralRules("en");
const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** `#` in a form stands for the number. */
export function plural(count: number, forms: Forms): string {
  return (forms[rules.select(count)] ?? forms.other).replace("#", whole.format(count));
}

/** Every digit, for tables. */
export const digits = (count: number) => whole.format(count);
/** 1,204 in full, 12.3K from ten thousand on. */
export const number = (count: number) => (count < 10_000 ? whole : short).format(count);
