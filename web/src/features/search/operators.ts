// The operators in a query, so that they can be shown as pills and taken out again.

const operator = /(^|\s)((?:from|has|before|after|is):\S+)/gi;

export function splitQuery(q: string): { words: string; operators: string[] } {
  const operators: string[] = [];
  const words = q.replace(operator, (_, space: string, found: string) => {
    operators.push(found);
    return space;
  });
  return { words: words.replace(/\s+/g, " ").trim(), operators };
}

export const without = (q: string, gone: string) => {
  const { words, operators } = splitQuery(q);
  return [words, ...operators.filter((one) => one !== gone)].filter(Boolean).join(" ");
};

export const withOperator = (q: string, fresh: string) => `${without(q, fresh)} ${fresh}`.trim();
