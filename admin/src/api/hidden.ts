// Rows that were just acted on and do not belong to their list any more. They stay away while the act can still be undone,
// whatever is read again meanwhile, and for a while after it: lists by the search index are some moments behind.
export type Mark = { resource: string; ids: ReadonlySet<string>; until: number };

/** Longer than an index takes to follow. */
const behind = 15_000;
const marks = new Set<Mark>();
// Acts that react-admin has not yet taken into its queue, in order.
const begun: (Mark | null)[] = [];

export function hide(
  resource: string,
  ids: readonly (string | number)[],
  until = Number.POSITIVE_INFINITY,
): Mark {
  const mark = { resource, ids: new Set(ids.map(String)), until };
  marks.add(mark);
  return mark;
}
/** What is done at once and for good. */
export const hideDone = (resource: string, ids: readonly (string | number)[], now = Date.now()) =>
  hide(resource, ids, now + behind);

export function settle(mark: Mark, now = Date.now()) {
  mark.until = now + behind;
}
/** It was undone, or refused. */
export const show = (mark: Mark) => marks.delete(mark);

export function isHidden(resource: string, id: string | number, now = Date.now()): boolean {
  for (const mark of marks) {
    if (mark.until < now) marks.delete(mark);
    else if (mark.resource === resource && mark.ids.has(String(id))) return true;
  }
  return false;
}

/** Each act that can be undone is announced here and taken where react-admin queues it. */
export const announce = (mark: Mark | null) => begun.push(mark);
export const taken = () => begun.shift() ?? null;
