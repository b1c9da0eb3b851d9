import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listen, type Told } from "./streaming";

vi.mock("./session", () => ({ freshToken: async () => "a-token" }));

/** A WebSocket that is driven by hand. */
class FakeSocket {
  static OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: unknown[] = [];
  onopen = () => {};
  onclose = () => {};
  onmessage = (_: { data: string }) => {};
  constructor(
    public url: URL,
    public protocol: string,
  ) {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  opens() {
    this.readyState = FakeSocket.OPEN;
    this.onopen();
  }
  breaks() {
    this.readyState = 3;
    this.onclose();
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("location", { href: "https://harbour.example/local" });
  vi.stubGlobal("window", { setTimeout, clearTimeout });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function socket(number: number): Promise<FakeSocket> {
  await vi.advanceTimersByTimeAsync(60_000);
  const one = FakeSocket.all[number];
  if (!one) throw new Error(`there is no connection ${number}`);
  return one;
}

const local = { stream: "public:local" } as const;
const tag = { stream: "hashtag", tag: "tide" } as const;

test("streams are asked for once, and left with their last screen", async () => {
  const connection = listen(
    () => {},
    () => {},
  );
  const first = await socket(0);
  expect(first.url.href).toBe("wss://harbour.example/api/v1/streaming?stream=user");
  const leaveEarly = connection.follow(local);
  first.opens();
  expect(first.sent).toEqual([{ type: "subscribe", ...local }]);
  const leave = connection.follow(local);
  leaveEarly();
  expect(first.sent).toHaveLength(1);
  leave();
  expect(first.sent[1]).toEqual({ type: "unsubscribe", ...local });
  connection.end();
});

test("a new connection asks for what is followed, and says that something may be missing", async () => {
  const returned = vi.fn();
  const connection = listen(() => {}, returned);
  const first = await socket(0);
  first.opens();
  connection.follow(local);
  connection.follow(tag);
  expect(returned).not.toHaveBeenCalled();
  first.breaks();
  const second = await socket(1);
  second.opens();
  expect(second.sent).toEqual([
    { type: "subscribe", ...local },
    { type: "subscribe", ...tag },
  ]);
  expect(returned).toHaveBeenCalledOnce();
  connection.end();
  second.breaks();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSocket.all).toHaveLength(2);
});

test("an event says by which stream it came; what is unknown is left out", async () => {
  const told: Told[] = [];
  const connection = listen(
    (one) => told.push(one),
    () => {},
  );
  const first = await socket(0);
  first.opens();
  first.onmessage({ data: JSON.stringify({ stream: ["hashtag", "tide"], event: "delete", payload: "7" }) });
  first.onmessage({ data: JSON.stringify({ stream: ["user"], event: "filters_changed" }) });
  expect(told).toEqual([{ by: ["hashtag", "tide"], event: { event: "delete", id: "7" } }]);
  connection.end();
});
