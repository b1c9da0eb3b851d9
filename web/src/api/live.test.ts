import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { account, status } from "@/entities/fixtures";
import { FakeChannel, FakeLocks } from "./browser.fake";
import type { Books } from "./liveBooks";
import type { LiveState, Told } from "./liveTypes";

/** A wire that is driven by hand. */
type FakeWire = {
  books: Books;
  tell: (told: Told) => void;
  become: (state: LiveState) => void;
  ready: () => void;
  lost: () => void;
  asked: [string, unknown][];
  refuse: Error | null;
  ended: boolean;
};
const { wires } = vi.hoisted(() => ({ wires: [] as FakeWire[] }));
vi.mock("./liveWire", () => ({
  openWire: (books: Books, says: Omit<FakeWire, "asked" | "refuse" | "ended" | "books">) => {
    const wire: FakeWire = { ...says, books, asked: [], refuse: null, ended: false };
    wires.push(wire);
    return {
      ask: async (event: string, body: unknown) => {
        wire.asked.push([event, body]);
        if (wire.refuse) throw wire.refuse;
        return event === "watch_people"
          ? { ok: true, presence: [{ account_id: "7", online: true, last_seen_at: null }] }
          : { ok: true, read_number: 4 };
      },
      end: () => {
        wire.ended = true;
      },
    };
  },
}));

/** Another tab is another copy of the module. */
async function tab() {
  vi.resetModules();
  const { live, goLive, LiveError } = await import("./live");
  return { live, leave: goLive("me"), LiveError };
}
const settled = () => vi.advanceTimersByTimeAsync(500);
const asked = (wire: FakeWire | undefined, event: string) =>
  wire?.asked.filter(([name]) => name === event).map(([, body]) => body);

beforeEach(() => {
  vi.useFakeTimers();
  wires.length = 0;
  FakeChannel.all = [];
  Object.defineProperty(navigator, "locks", { value: new FakeLocks(), configurable: true });
  vi.stubGlobal("BroadcastChannel", FakeChannel);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("two tabs hold one connection, and both hear what it tells", async () => {
  const [a, b] = [await tab(), await tab()];
  const heard: string[] = [];
  a.live.on("delete", ({ id }) => heard.push(`a ${id}`));
  b.live.on("delete", ({ id }) => heard.push(`b ${id}`));
  await settled();
  expect(wires).toHaveLength(1);
  wires[0]?.become("live");
  wires[0]?.tell({ event: "delete", body: { id: "5" } });
  expect(heard.sort()).toEqual(["a 5", "b 5"]);
  expect([a.live.state.get(), b.live.state.get()]).toEqual(["live", "live"]);
});

test("a tab that comes later learns how the connection stands", async () => {
  await tab();
  await settled();
  wires[0]?.become("polling");
  const late = await tab();
  await settled();
  expect(late.live.state.get()).toBe("polling");
});

test("what a tab asks is answered through the one that leads, refusals too", async () => {
  await tab();
  await settled();
  const b = await tab();
  await settled();
  await expect(b.live.ask("chat.read", { chat_id: "1", number: 4 })).resolves.toMatchObject({
    read_number: 4,
  });
  expect(asked(wires[0], "chat.read")).toEqual([{ chat_id: "1", number: 4 }]);
  const { LiveError } = await import("./liveTypes");
  if (wires[0]) wires[0].refuse = new LiveError("too_many", "Slower, please", 3);
  await expect(b.live.ask("chat.read", { chat_id: "1", number: 5 })).rejects.toMatchObject({
    code: "too_many",
    message: "Slower, please",
    retryAfterS: 3,
  });
});

test("when the leading tab goes, the next one leads, knows what was seen, and says again what is wished", async () => {
  const a = await tab();
  await settled();
  const b = await tab();
  b.live.follow({ stream: "public:local" });
  await settled();
  const one = status("1", { account: account("ada") });
  wires[0]?.tell({ event: "update", body: { stream: ["user"], status: one, mark: "m9" } });
  a.leave();
  await settled();
  expect(wires).toHaveLength(2);
  expect(wires[0]?.ended).toBe(true);
  expect(wires[1]?.books.resume()).toEqual({ chats: [], mark: "m9" });
  wires[1]?.ready();
  expect(asked(wires[1], "follow")).toEqual([{ stream: "public:local" }]);
});

test("what tabs wish is said together, and what one wished ends with it", async () => {
  const a = await tab();
  await settled();
  const b = await tab();
  a.live.watch(["1", "2"]);
  b.live.watch(["2", "3"]);
  const leave = b.live.follow({ stream: "hashtag", tag: "tide" });
  wires[0]?.ready();
  await settled();
  expect(asked(wires[0], "watch")?.at(-1)).toEqual({ status_ids: ["1", "2", "3"] });
  expect(asked(wires[0], "follow")).toEqual([{ stream: "hashtag", tag: "tide" }]);
  leave();
  await settled();
  expect(asked(wires[0], "unfollow")).toEqual([{ stream: "hashtag", tag: "tide" }]);
  b.leave();
  await settled();
  expect(asked(wires[0], "watch")?.at(-1)).toEqual({ status_ids: ["1", "2"] });
});

test("who is here is told to the tabs that show them, and to no other", async () => {
  const a = await tab();
  await settled();
  const b = await tab();
  await settled();
  b.live.watchPeople(["7"]);
  wires[0]?.ready();
  await settled();
  expect(b.live.presenceOf("7")).toMatchObject({ online: true });
  expect(a.live.presenceOf("7")).toBeUndefined();
  b.live.watchPeople([]);
  expect(b.live.presenceOf("7")).toBeUndefined();
});

test("a gap that could not be filled is told to every tab", async () => {
  const [a, b] = [await tab(), await tab()];
  const returned: string[] = [];
  a.live.onReturn(() => returned.push("a"));
  b.live.onReturn(() => returned.push("b"));
  await settled();
  wires[0]?.lost();
  expect(returned.sort()).toEqual(["a", "b"]);
});

test("where the browser has no locks each tab holds a connection of its own", async () => {
  Reflect.deleteProperty(navigator, "locks");
  await tab();
  await tab();
  await settled();
  expect(wires).toHaveLength(2);
});

test("without anybody signed in, and without a leader that answers, asking says offline", async () => {
  vi.resetModules();
  const { live } = await import("./live");
  await expect(live.ask("chat.read", { chat_id: "1", number: 1 })).rejects.toMatchObject({ code: "offline" });
  // A lock that another browser process never gives back.
  void navigator.locks.request("sociosphere.live.me", () => new Promise(() => undefined));
  const a = await tab();
  const answer = expect(a.live.ask("chat.read", { chat_id: "1", number: 1 })).rejects.toMatchObject({
    code: "offline",
  });
  await vi.advanceTimersByTimeAsync(12_000);
  await answer;
});
