// The socket itself: connects, reconnects with growing pauses, renews its token before it ends, and asks
// for what it missed. Knows nothing of tabs; the leader owns one.
import type { Socket } from "socket.io-client";
import type { Books } from "./liveBooks";
import { LiveError, type LiveState, offline, type Told, type WireEvents } from "./liveTypes";
import { accessToken, freshToken, onSession, refresh, tokenEndsAt } from "./session";

const patience = 10_000;
const longest = 30_000;
/** Before a server that has no sockets is asked again; its lists are read again as often. */
const without = 60_000;

/** Half a second to half a minute, spread so that a restarted server is not met by everyone at once. */
export const pauseAfter = (failures: number, luck: number) =>
  Math.min(longest, 500 * 2 ** Math.min(failures, 6)) * (0.5 + luck / 2);

/** What can be missing from the other side: a status for what is no socket server, or a page instead of one. */
export function isNoSocketServer(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    ("description" in error && error.description === 404) ||
    ("code" in error && error.code === "parser error")
  );
}

type Says = {
  tell: (told: Told) => void;
  become: (state: LiveState) => void;
  /** The connection stands and knows nothing yet of what is wished. */
  ready: () => void;
  /** Something could not be brought. */
  lost: () => void;
};
type Answer = { ok: true } | { ok: false; code: string; error: string; retry_after_s?: number };

export type Wire = {
  ask: <K extends keyof WireEvents>(event: K, body: WireEvents[K]["body"]) => Promise<WireEvents[K]["ack"]>;
  end: () => void;
};

const names: { [K in Told["event"]]: true } = {
  ready: true,
  update: true,
  "status.update": true,
  delete: true,
  "status.counts": true,
  notification: true,
  unread: true,
  markers: true,
  "chat.message": true,
  "chat.changed": true,
  "chat.updated": true,
  "chat.gone": true,
  "chat.read": true,
  "chat.delivered": true,
  "chat.typing": true,
  presence: true,
  announcement: true,
  "announcement.delete": true,
  resync: true,
  "session.ended": true,
};
const isKnown = (event: string): event is Told["event"] => event in names;

export function openWire(books: Books, says: Says): Wire {
  let socket: Socket | null = null;
  let timer: number | undefined;
  let renewing: number | undefined;
  let failures = 0;
  let ended = false;
  let told: string | null = null;

  const state = (): LiveState => {
    if (!socket?.connected) return navigator.onLine ? "connecting" : "offline";
    return socket.io.engine?.transport.name === "websocket" ? "live" : "polling";
  };
  const show = () => !ended && says.become(state());

  const ask: Wire["ask"] = async (event, body) => {
    if (!socket?.connected) throw offline();
    const answer: Answer & WireEvents[typeof event]["ack"] = await socket
      .timeout(patience)
      .emitWithAck(event, body)
      .catch(() => {
        throw offline();
      });
    if (!answer.ok) throw new LiveError(answer.code, answer.error, answer.retry_after_s);
    return answer;
  };

  const again = (pause: number) => {
    if (ended) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void connect(), pause);
  };
  const failed = async (error: unknown) => {
    failures += 1;
    if (isNoSocketServer(error)) {
      // Nothing is heard here, so lists are read again now and then.
      says.lost();
      says.become("polling");
      return again(without);
    }
    show();
    // The token may have been ended elsewhere; who is signed out by it ends this wire.
    if (error instanceof Error && error.message === "invalid_token") await refresh().catch(() => undefined);
    again(pauseAfter(failures, Math.random()));
  };
  const connect = async () => {
    window.clearTimeout(timer);
    if (ended || socket?.connected) return;
    socket ??= await build();
    if (!ended) socket.connect();
  };
  const build = async (): Promise<Socket> => {
    // Loaded beside the first screen, not before it.
    const { io } = await import("socket.io-client");
    const made = io({
      path: "/socket.io/",
      reconnection: false,
      autoConnect: false,
      withCredentials: false,
      auth: (give) => {
        freshToken()
          .catch(() => null)
          .then((token) => {
            told = token;
            give({ token });
          });
      },
    });
    made.on("connect", () => {
      failures = 0;
      show();
      made.io.engine?.once("upgrade", show);
    });
    made.on("disconnect", () => {
      window.clearTimeout(renewing);
      failures += 1;
      show();
      again(pauseAfter(failures - 1, Math.random()));
    });
    made.on("connect_error", (error) => void failed(error));
    made.onAny((event: string, body) => {
      if (!isKnown(event)) return;
      // What we had before this connection said where it stands.
      const had = event === "ready" ? books.resume() : null;
      says.tell({ event, body });
      if (event === "ready") void begin(had);
      if (event === "resync") says.lost();
    });
    return made;
  };

  const begin = async (had: ReturnType<Books["resume"]>) => {
    keepFresh();
    says.ready();
    if (!had) return;
    try {
      if (books.resumed(had.mark, await ask("resume", had))) says.lost();
    } catch {
      // A cut meanwhile is resumed by the next connection; a refusal is a gap.
      if (socket?.connected) says.lost();
    }
  };
  // The server ends a connection whose token ends; a new one is said in time, also when a call made it new.
  const renew = () => {
    const token = accessToken();
    if (!token || token === told || !socket?.connected) return;
    told = token;
    ask("renew", { token }).catch(() => undefined);
    keepFresh();
  };
  const keepFresh = () => {
    window.clearTimeout(renewing);
    const left = tokenEndsAt() - Date.now();
    renewing = window.setTimeout(
      () => void refresh().catch(() => keepFresh()),
      Math.max(5_000, left - 90_000),
    );
  };

  const wake = () => {
    show();
    if (socket?.connected || document.visibilityState === "hidden" || !navigator.onLine) return;
    failures = 0;
    again(200 * Math.random());
  };
  const leaveSession = onSession(renew);
  window.addEventListener("online", wake);
  window.addEventListener("offline", show);
  document.addEventListener("visibilitychange", wake);
  show();
  void connect();

  return {
    ask,
    end: () => {
      ended = true;
      window.clearTimeout(timer);
      window.clearTimeout(renewing);
      leaveSession();
      window.removeEventListener("online", wake);
      window.removeEventListener("offline", show);
      document.removeEventListener("visibilitychange", wake);
      socket?.disconnect();
    },
  };
}
