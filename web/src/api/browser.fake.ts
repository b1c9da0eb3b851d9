// What tabs of one browser share, for tests: locks that are handed on, and a channel that everybody else hears.
type Options = { signal?: AbortSignal; ifAvailable?: boolean };
type Work = (lock: object | null) => unknown;

export class FakeLocks {
  private held = new Map<string, Promise<unknown>>();

  async request(name: string, options: Options | Work, work: Work = () => undefined): Promise<unknown> {
    const { signal, ifAvailable } = typeof options === "function" ? {} : options;
    const run = typeof options === "function" ? options : work;
    if (ifAvailable && this.held.has(name)) return run(null);
    while (this.held.has(name)) {
      const stopped = new Promise((stop) => signal?.addEventListener("abort", stop, { once: true }));
      await Promise.race([this.held.get(name), stopped]);
      if (signal?.aborted) throw new DOMException("left", "AbortError");
    }
    const done = Promise.resolve().then(() => run({}));
    this.held.set(name, done);
    return done.finally(() => this.held.delete(name));
  }
}

export class FakeChannel {
  static all: FakeChannel[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  constructor(readonly name: string) {
    FakeChannel.all.push(this);
  }
  postMessage(data: unknown) {
    for (const other of FakeChannel.all)
      if (other !== this && other.name === this.name) other.onmessage?.({ data: structuredClone(data) });
  }
  close() {
    FakeChannel.all = FakeChannel.all.filter((one) => one !== this);
  }
}
