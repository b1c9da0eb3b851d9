// Pages by number over an API that pages by cursor. react-admin asks for page 3; the cursors of the pages before are
// remembered for each question, and walked through where they are not known (a deep link).
export type Listing<T> = { items: T[]; next: string | null; total?: number; meta?: Record<string, unknown> };
export type Read<T> = (cursor: string | null, limit: number) => Promise<Listing<T>>;

/** Nobody turns more pages than this by a link. */
const furthest = 50;
/** How many questions are remembered. */
const most = 40;
/** The server's longest page. */
export const longest = 200;

export class Keyset {
  private readonly known = new Map<string, (string | null)[]>();

  /** `question` names filter, sort and length: cursors belong to one. */
  async page<T>(question: string, page: number, limit: number, read: Read<T>): Promise<Listing<T>> {
    const cursors = this.known.get(question) ?? [null];
    this.known.delete(question);
    this.known.set(question, cursors);
    for (const oldest of this.known.keys()) if (this.known.size > most) this.known.delete(oldest);
    const wanted = Math.min(page, furthest);
    while (cursors.length < wanted) {
      const { next } = await read(cursors.at(-1) ?? null, limit);
      if (next === null) return { items: [], next: null };
      cursors.push(next);
    }
    const listing = await read(cursors[wanted - 1] ?? null, limit);
    cursors.length = wanted;
    if (listing.next !== null) cursors.push(listing.next);
    return listing;
  }
}

/** As many as are wanted, page by page, for an export or a choice of many. */
export async function gather<T>(read: Read<T>, wanted: number): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const listing: Listing<T> = await read(cursor, Math.min(longest, wanted - all.length));
    all.push(...listing.items);
    cursor = listing.next;
  } while (cursor !== null && all.length < wanted);
  return all;
}
