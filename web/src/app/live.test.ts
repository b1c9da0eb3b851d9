import { beforeEach, expect, test, vi } from "vitest";
import type { ServerEvents } from "@/api/live";
import { keepStatus, keys, newCache, postOf } from "@/entities/cache";
import { account, status } from "@/entities/fixtures";
import { freshKey, type waiting, waitingOf } from "@/features/timelines/fresh";
import { goLive } from "./live";

const { handlers } = vi.hoisted(() => ({ handlers: new Map<string, (body: never) => void>() }));
vi.mock("@/api/live", () => ({
  goLive: () => () => undefined,
  live: {
    on: (event: string, handler: (body: never) => void) => {
      handlers.set(event, handler);
      return () => handlers.delete(event);
    },
    onReturn: () => () => undefined,
    active: () => undefined,
  },
}));
beforeEach(() => handlers.clear());

type Waiting = ReturnType<typeof waiting>;
const lists = { home: keys.list("home"), local: keys.list("local"), tide: keys.list("tag", "tide") };

function world() {
  const cache = newCache();
  goLive(cache, "me", () => undefined);
  const tell = <K extends keyof ServerEvents>(event: K, body: ServerEvents[K]) => {
    const handler = handlers.get(event);
    if (!handler) throw new Error(`nobody hears ${event}`);
    handler(body as never);
  };
  for (const list of Object.values(lists))
    cache.setQueryData(list, {
      pages: [{ ids: [keepStatus(cache, status("1"))], next: null }],
      pageParams: [null],
    });
  const waits = (list: readonly string[]) => waitingOf(cache.getQueryData<Waiting>(freshKey(list)));
  const shown = (list: readonly string[]) =>
    cache.getQueryData<{ pages: { ids: string[] }[] }>(list)?.pages.flatMap((page) => page.ids);
  return { cache, waits, shown, tell };
}

test("a post waits in the list of the stream that brought it, once", () => {
  const { waits, tell } = world();
  const post = status("2");
  tell("update", { stream: ["public:local"], status: post, mark: "a" });
  tell("update", { stream: ["public:local"], status: post, mark: "a" });
  tell("update", { stream: ["hashtag", "Tide"], status: post, mark: "a" });
  expect(waits(lists.local)).toEqual(["2"]);
  expect(waits(lists.tide)).toEqual(["2"]);
  expect(waits(lists.home)).toEqual([]);
});

test("one's own post stands on top at once", () => {
  const { waits, shown, tell } = world();
  const mine = status("2", { account: account("me") });
  tell("update", { stream: ["user"], status: mine, mark: "a" });
  expect(waits(lists.home)).toEqual([]);
  expect(shown(lists.home)).toEqual(["2", "1"]);
});

test("a deletion reaches every list, what waits, and what was found", () => {
  const { cache, waits, shown, tell } = world();
  cache.setQueryData(["search", "tide"], { people: [], tags: [], posts: ["1", "9"] });
  tell("update", { stream: ["user"], status: status("2"), mark: "a" });
  tell("delete", { id: "2" });
  tell("delete", { id: "1" });
  expect(waits(lists.home)).toEqual([]);
  for (const list of Object.values(lists)) expect(shown(list)).toEqual([]);
  expect(cache.getQueryData<{ posts: string[] }>(["search", "tide"])?.posts).toEqual(["9"]);
});

test("an edit changes the post wherever it stands", () => {
  const { cache, tell } = world();
  tell("status.update", { status: status("1", { content: "<p>new</p>" }) });
  expect(postOf(cache, "1")?.content).toBe("<p>new</p>");
});

test("counts of a post on screen move, and nothing else of it does", () => {
  const { cache, tell } = world();
  const before = postOf(cache, "1");
  tell("status.counts", { id: "1", replies_count: 3, reblogs_count: 2, favourites_count: 9 });
  expect(postOf(cache, "1")).toEqual({ ...before, replies_count: 3, reblogs_count: 2, favourites_count: 9 });
  tell("status.counts", { id: "8", replies_count: 1, reblogs_count: 1, favourites_count: 1 });
  expect(postOf(cache, "8")).toBeUndefined();
});

test("what is unread stands in the title and the favicon, on every tab that hears of it", () => {
  document.head.innerHTML = '<link rel="icon" href="/mark.svg" />';
  const icon = () => document.querySelector("link")?.getAttribute("href");
  const { tell } = world();
  tell("unread", { notifications: 2, chats: 1, requests: 4 });
  expect(document.title).toBe("(3) SocioSphere");
  expect(icon()).toBe("/mark-unread.svg");
  tell("unread", { notifications: 0, chats: 0, requests: 4 });
  expect(document.title).toBe("SocioSphere");
  expect(icon()).toBe("/mark.svg");
});
