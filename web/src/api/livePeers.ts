// One socket per browser: tabs elect a leader by a lock that the browser keeps, and talk over a channel. A
// tab that closes or crashes loses its lock, and the next one leads. Where a browser has neither, each tab
// leads itself.

export type Peers<M> = {
  /** To every other tab. */
  tell: (message: M) => void;
  /** Calls when a tab is gone, whatever ended it. */
  whenGone: (tab: string, gone: () => void) => void;
  leave: () => void;
};

type Joining<M> = {
  name: string;
  tab: string;
  hear: (message: M) => void;
  /** This tab leads from now on. */
  lead: () => void;
};

const tabLock = (name: string, tab: string) => `${name}.tab.${tab}`;

export function joinPeers<M>({ name, tab, hear, lead }: Joining<M>): Peers<M> {
  if (!("locks" in navigator) || !("BroadcastChannel" in window)) {
    queueMicrotask(lead);
    return { tell: () => undefined, whenGone: () => undefined, leave: () => undefined };
  }
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<M>) => hear(data);
  const end = new AbortController();
  const held = new Promise<void>((free) => end.signal.addEventListener("abort", () => free()));
  const hold = (lock: string, got?: () => void) =>
    navigator.locks
      .request(lock, { signal: end.signal }, () => {
        got?.();
        return held;
      })
      // Left before its turn came.
      .catch(() => undefined);
  void hold(tabLock(name, tab));
  void hold(name, () => !end.signal.aborted && lead());
  return {
    tell: (message) => channel.postMessage(message),
    whenGone: (other, gone) => {
      navigator.locks
        .request(tabLock(name, other), { signal: end.signal }, () => !end.signal.aborted && gone())
        .catch(() => undefined);
    },
    leave: () => {
      end.abort();
      channel.close();
    },
  };
}
