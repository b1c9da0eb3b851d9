// Posts that came by a stream and wait until the reader wants them, for each list.

export const freshKey = (list: readonly string[]) => ["fresh", ...list.slice(1)] as const;
type Waiting = { pages: { ids: string[]; next: null }[] };
export const waitingOf = (data: Waiting | undefined) => data?.pages[0]?.ids ?? [];
/** In the form of a list, so that a deletion finds it like one. */
export const waiting = (ids: string[]): Waiting => ({ pages: [{ ids, next: null }] });
