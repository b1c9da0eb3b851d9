// The live connection: Mastodon's streaming over one WebSocket. It reconnects with growing pauses, and
// tells its owner when it was away, so that lists can be read again for what was missed.
import { freshToken } from "./session";
import type { Notification, Status } from "./types";

export type LiveEvent =
  | { event: "update" | "status.update"; status: Status }
  | { event: "delete"; id: string }
  | { event: "notification"; notification: Notification };

/** A stream beside one's own: that of a timeline that is open. */
export type Extra = { stream: "public:local" } | { stream: "hashtag"; tag: string };

/** What came, and the streams it came by: a stream's name, then its tag. */
export type Told = { by: string[]; event: LiveEvent };

type Frame = { stream?: string[]; event: string; payload?: string };

export function readFrame(text: string): Told | null {
  const frame = JSON.parse(text) as Frame;
  const event = readEvent(frame.event, frame.payload ?? "");
  return event && { by: frame.stream ?? [], event };
}

function readEvent(event: string, payload: string): LiveEvent | null {
  switch (event) {
    case "update":
    case "status.update":
      return { event, status: JSON.parse(payload) as Status };
    case "delete":
      return { event, id: payload };
    case "notification":
      return { event, notification: JSON.parse(payload) as Notification };
    default:
      return null;
  }
}

export type Connection = {
  /** Listens to one stream more, until the returned function is called as often as this was. */
  follow: (extra: Extra) => () => void;
  end: () => void;
};

/** Listens to one's own stream, and to those that are followed. */
export function listen(on: (told: Told) => void, onReturn: () => void): Connection {
  let socket: WebSocket | null = null;
  let timer: number | undefined;
  let failures = 0;
  let ended = false;
  const followed = new Map<string, number>();

  const tell = (type: "subscribe" | "unsubscribe", extra: string) => {
    if (socket?.readyState === WebSocket.OPEN)
      socket.send(JSON.stringify({ type, ...(JSON.parse(extra) as Extra) }));
  };
  const connect = async () => {
    const token = await freshToken().catch(() => null);
    if (ended) return;
    if (!token) return again();
    const url = new URL("/api/v1/streaming", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("stream", "user");
    socket = new WebSocket(url, token);
    socket.onopen = () => {
      // A connection knows nothing of the one before it.
      for (const extra of followed.keys()) tell("subscribe", extra);
      if (failures > 0) onReturn();
      failures = 0;
    };
    socket.onmessage = (message) => {
      const told = readFrame(String(message.data));
      if (told) on(told);
    };
    socket.onclose = again;
  };
  const again = () => {
    if (ended) return;
    failures += 1;
    // Half a second to half a minute, spread so that a restarted server is not met by everyone at once.
    const pause = Math.min(30_000, 500 * 2 ** Math.min(failures, 6)) * (0.5 + Math.random());
    timer = window.setTimeout(() => void connect(), pause);
  };
  void connect();

  return {
    follow: (extra) => {
      const name = JSON.stringify(extra);
      const count = followed.get(name) ?? 0;
      followed.set(name, count + 1);
      if (count === 0) tell("subscribe", name);
      return () => {
        const left = (followed.get(name) ?? 1) - 1;
        if (left > 0) return void followed.set(name, left);
        followed.delete(name);
        tell("unsubscribe", name);
      };
    },
    end: () => {
      ended = true;
      window.clearTimeout(timer);
      socket?.close();
    },
  };
}
