// The live connection: Mastodon's streaming over one WebSocket. It reconnects with growing pauses, and
// tells its owner when it was away, so that lists can be read again for what was missed.
import { freshToken } from "./session";
import type { Notification, Status } from "./types";

export type LiveEvent =
  | { event: "update" | "status.update"; status: Status }
  | { event: "delete"; id: string }
  | { event: "notification"; notification: Notification };

type Frame = { event: string; payload?: string };

export function readFrame(text: string): LiveEvent | null {
  const frame = JSON.parse(text) as Frame;
  const payload = frame.payload ?? "";
  switch (frame.event) {
    case "update":
    case "status.update":
      return { event: frame.event, status: JSON.parse(payload) as Status };
    case "delete":
      return { event: "delete", id: payload };
    case "notification":
      return { event: "notification", notification: JSON.parse(payload) as Notification };
    default:
      return null;
  }
}

/** Listens to a stream until the returned function is called. */
export function listen(stream: string, on: (event: LiveEvent) => void, onReturn: () => void): () => void {
  let socket: WebSocket | null = null;
  let timer: number | undefined;
  let failures = 0;
  let ended = false;

  const connect = async () => {
    const token = await freshToken().catch(() => null);
    if (ended) return;
    if (!token) return again();
    const url = new URL("/api/v1/streaming", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("stream", stream);
    socket = new WebSocket(url, token);
    socket.onopen = () => {
      if (failures > 0) onReturn();
      failures = 0;
    };
    socket.onmessage = (message) => {
      const event = readFrame(String(message.data));
      if (event) on(event);
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

  return () => {
    ended = true;
    window.clearTimeout(timer);
    socket?.close();
  };
}
