import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepBooks } from "./liveBooks";
import type { LiveState, Told } from "./liveTypes";
import { isNoSocketServer, openWire, pauseAfter } from "./liveWire";

type Handler = (...args: unknown[]) => void;
/** A socket that is driven by hand. */
class FakeSocket {
  connected = false;
  connects = 0;
  on_: Record<string, Handler> = {};
  any: Handler = () => undefined;
  said: [string, unknown][] = [];
  answer: unknown = { ok: true, chats: [], feeds: "ok" };
  io = { engine: { transport: { name: "websocket" }, once: () => undefined } };
  on(event: string, handler: Handler) {
    this.on_[event] = handler;
  }
  onAny(handler: Handler) {
    this.any = handler;
  }
  connect() {
    this.connects += 1;
  }
  disconnect() {
    this.connected = false;
  }
  timeout = () => ({
    emitWithAck: async (event: string, body: unknown) => {
      this.said.push([event, body]);
      if (this.answer instanceof Error) throw this.answer;
      return this.answer;
    },
  });
  stands() {
    this.connected = true;
    this.on_.connect?.();
  }
  breaks() {
    this.connected = false;
    this.on_.disconnect?.();
  }
}
const { made, session } = vi.hoisted(() => ({
  made: { socket: null as unknown },
  session: { refreshes: 0, token: "one", heard: () => undefined as unknown },
}));
vi.mock("socket.io-client", () => ({ io: () => made.socket }));
vi.mock("./session", () => ({
  accessToken: () => session.token,
  freshToken: async () => session.token,
  tokenEndsAt: () => Date.now() + 600_000,
  refresh: async () => {
    session.refreshes += 1;
    return true;
  },
  onSession: (listener: () => void) => {
    session.heard = listener;
    return () => undefined;
  },
}));

let socket: FakeSocket;
let states: LiveState[];
let told: Told[];
let lost: number;
function open() {
  const books = keepBooks();
  return openWire(books, {
    tell: (one) => {
      books.hear(one);
      told.push(one);
    },
    become: (state) => states.at(-1) === state || states.push(state),
    ready: () => undefined,
    lost: () => {
      lost += 1;
    },
  });
}
const later = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  socket = new FakeSocket();
  made.socket = socket;
  states = [];
  told = [];
  lost = 0;
  session.refreshes = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("pauses grow to half a minute and are spread", () => {
  expect([1, 2, 3, 6, 50].map((failures) => pauseAfter(failures, 1))).toEqual([
    1000, 2000, 4000, 30_000, 30_000,
  ]);
  expect(pauseAfter(3, 0)).toBe(2000);
});

test("it says how it stands: connecting, live, and the slower way", async () => {
  const wire = open();
  await later(0);
  socket.stands();
  expect(states).toEqual(["connecting", "live"]);
  socket.io.engine.transport.name = "polling";
  socket.breaks();
  await later(60_000);
  socket.stands();
  expect(states).toEqual(["connecting", "live", "connecting", "polling"]);
  wire.end();
});

test("after a cut it connects again, later each time, and once after it ended it does not", async () => {
  const wire = open();
  await later(0);
  for (let failure = 1; failure <= 4; failure += 1) {
    socket.on_.connect_error?.(new Error("xhr poll error"));
    await later(pauseAfter(failure, 0.5) - 1);
    expect(socket.connects).toBe(failure);
    await later(1);
    expect(socket.connects).toBe(failure + 1);
  }
  socket.on_.connect_error?.(new Error("xhr poll error"));
  wire.end();
  await later(120_000);
  expect(socket.connects).toBe(5);
});

test("a server without sockets is asked once a minute, and lists are read again as often", async () => {
  open();
  await later(0);
  socket.on_.connect_error?.(Object.assign(new Error("xhr poll error"), { description: 404 }));
  expect(states.at(-1)).toBe("polling");
  expect(lost).toBe(1);
  await later(59_999);
  expect(socket.connects).toBe(1);
  await later(1);
  expect(socket.connects).toBe(2);
  expect(isNoSocketServer(Object.assign(new Error("server error"), { code: "parser error" }))).toBe(true);
  expect(isNoSocketServer(Object.assign(new Error("xhr poll error"), { description: 503 }))).toBe(false);
});

test("a token that the server does not take is made anew before the next try", async () => {
  open();
  await later(0);
  socket.on_.connect_error?.(new Error("invalid_token"));
  await later(30_000);
  expect(session.refreshes).toBe(1);
  expect(socket.connects).toBe(2);
});

test("it renews its token in time, and says a new one that a call made", async () => {
  open();
  await later(0);
  socket.stands();
  socket.any("ready", { mark: "a" });
  session.token = "two";
  session.heard();
  expect(socket.said).toEqual([["renew", { token: "two" }]]);
  await later(510_000);
  expect(session.refreshes).toBe(1);
});

test("a second connection resumes, and a gap is told; what the server does not know we do not hear", async () => {
  open();
  await later(0);
  socket.stands();
  socket.any("ready", { mark: "a" });
  socket.any("weather", { rain: true });
  expect(told).toEqual([{ event: "ready", body: { mark: "a" } }]);
  socket.breaks();
  await later(60_000);
  socket.answer = { ok: true, chats: [], feeds: "resync" };
  socket.stands();
  socket.any("ready", { mark: "b" });
  await later(0);
  expect(socket.said).toEqual([["resume", { chats: [], mark: "a" }]]);
  expect(lost).toBe(1);
});

test("what the server refuses has its word, and without a connection asking says offline", async () => {
  const wire = open();
  await expect(wire.ask("chat.read", { chat_id: "1", number: 1 })).rejects.toMatchObject({ code: "offline" });
  await later(0);
  socket.stands();
  socket.answer = { ok: false, code: "too_many", error: "Slower, please", retry_after_s: 2 };
  await expect(wire.ask("chat.read", { chat_id: "1", number: 1 })).rejects.toMatchObject({
    code: "too_many",
    retryAfterS: 2,
  });
  socket.answer = new Error("operation has timed out");
  await expect(wire.ask("chat.read", { chat_id: "1", number: 1 })).rejects.toMatchObject({ code: "offline" });
});
