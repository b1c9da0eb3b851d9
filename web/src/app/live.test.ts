import { expect, test } from "vitest";
import { keepStatus, keys, newCache, postOf } from "@/entities/cache";
import { account, status } from "@/entities/fixtures";
import { freshKey, type waiting, waitingOf } from "@/features/timelines/fresh";
import { apply } from "./live";

type Waiting = ReturnType<typeof waiting>;
const lists = { home: keys.list("home"), local: keys.list("local"), tide: keys.list("tag", "tide") };

function world() {
  const cache = newCache();
  for (const list of Object.values(lists))
    cache.setQueryData(list, {
      pages: [{ ids: [keepStatus(cache, status("1"))], next: null }],
      pageParams: [null],
    });
  const waits = (list: readonly string[]) => waitingOf(cache.getQueryData<Waiting>(freshKey(list)));
  const shown = (list: readonly string[]) =>
    cache.getQueryData<{ pages: { ids: string[] }[] }>(list)?.pages.flatMap((page) => page.ids);
  return { cache, waits, shown };
}

test("a post waits in the list of the stream that brought it, once", () => {
  const { cache, waits } = world();
  const event = { event: "update", status: status("2") } as const;
  apply(cache, "me", { by: ["public:local"], event });
  apply(cache, "me", { by: ["public:local"], event });
  apply(cache, "me", { by: ["hashtag", "Tide"], event });
  expect(waits(lists.local)).toEqual(["2"]);
  expect(waits(lists.tide)).toEqual(["2"]);
  expect(waits(lists.home)).toEqual([]);
});

test("one's own post stands on top at once", () => {
  const { cache, waits, shown } = world();
  const mine = status("2", { account: account("me") });
  apply(cache, "me", { by: ["user"], event: { event: "update", status: mine } });
  expect(waits(lists.home)).toEqual([]);
  expect(shown(lists.home)).toEqual(["2", "1"]);
});

test("a deletion reaches every list, what waits, and what was found", () => {
  const { cache, waits, shown } = world();
  cache.setQueryData(["search", "tide"], { people: [], tags: [], posts: ["1", "9"] });
  apply(cache, "me", { by: ["user"], event: { event: "update", status: status("2") } });
  apply(cache, "me", { by: ["user"], event: { event: "delete", id: "2" } });
  apply(cache, "me", { by: ["public:local"], event: { event: "delete", id: "1" } });
  expect(waits(lists.home)).toEqual([]);
  for (const list of Object.values(lists)) expect(shown(list)).toEqual([]);
  expect(cache.getQueryData<{ posts: string[] }>(["search", "tide"])?.posts).toEqual(["9"]);
});

test("an edit changes the post wherever it stands", () => {
  const { cache } = world();
  apply(cache, "me", {
    by: ["user"],
    event: { event: "status.update", status: status("1", { content: "<p>new</p>" }) },
  });
  expect(postOf(cache, "1")?.content).toBe("<p>new</p>");
});
