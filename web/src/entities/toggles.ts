// What a finger does twice in a second: like, unlike, like. Only the last wish is sent, one request at a
// time per thing, so that answers cannot arrive in the wrong order.

type Running = { wish: boolean; sent: boolean; work: Promise<void> };
const running = new Map<string, Running>();

export type Toggle = {
  /** Names the thing and the verb: `like:12`. */
  key: string;
  /** What the server holds now, as far as we know. */
  now: boolean;
  wish: boolean;
  /** Shows a wish at once. */
  show: (on: boolean) => void;
  /** Tells the server; resolves when it agreed. */
  send: (on: boolean) => Promise<void>;
  /** Called once after the last send failed and the old state is shown again. */
  failed: (error: unknown) => void;
};

export function toggle({ key, now, wish, show, send, failed }: Toggle): Promise<void> {
  show(wish);
  const before = running.get(key);
  if (before) {
    before.wish = wish;
    return before.work;
  }
  const entry: Running = { wish, sent: now, work: Promise.resolve() };
  running.set(key, entry);
  entry.work = (async () => {
    try {
      while (entry.wish !== entry.sent) {
        const next = entry.wish;
        await send(next);
        entry.sent = next;
      }
    } catch (error) {
      show(entry.sent);
      failed(error);
    } finally {
      running.delete(key);
    }
  })();
  return entry.work;
}
