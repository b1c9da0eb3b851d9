import { expect, test } from "vitest";
import { keepStatus, keys, newCache, postOf } from "@/entities/cache";
import { status } from "@/entities/fixtures";
import { putBack, worthKeeping } from "./remember";

const list = (...ids: string[]) => ({ ids, next: null });

test("the first page of home and its posts are kept; what was searched is not", () => {
  const cache = newCache();
  cache.setQueryData(keys.list("home"), {
    pages: [list(keepStatus(cache, status("2"))), list(keepStatus(cache, status("1")))],
    pageParams: [null, "next"],
  });
  cache.setQueryData(keys.list("liked", "2"), { pages: [list()], pageParams: [null] });
  cache.setQueryData(["search", "secret"], { posts: ["2"] });
  cache.setQueryData(["push", "me"], "on");
  const kept = worthKeeping(cache);
  expect(kept.find((one) => one.key[1] === "home")?.data).toEqual({
    pages: [list("2")],
    pageParams: [null],
  });
  expect([...new Set(kept.map((one) => one.key[0]))].sort()).toEqual(["account", "handle", "list", "post"]);
  expect(kept.some((one) => one.key[1] === "liked")).toBe(false);
});

test("there is a bound to how many are kept, and to how large they are; the newest stay", () => {
  const cache = newCache();
  for (let id = 1; id <= 320; id += 1)
    cache.setQueryData(keys.post(String(id)), { id: String(id) }, { updatedAt: id });
  cache.setQueryData(["chat-messages", "7"], { text: "x".repeat(400_000) });
  const kept = worthKeeping(cache);
  expect(kept).toHaveLength(300);
  expect(kept[0]?.key).toEqual(["post", "320"]);
  expect(kept.at(-1)?.key).toEqual(["post", "21"]);
  for (let chat = 0; chat < 20; chat += 1)
    cache.setQueryData(["chat-messages", String(chat)], { text: "x".repeat(290_000) });
  expect(JSON.stringify(worthKeeping(cache)).length).toBeLessThan(3_100_000);
});

test("what was put back can be read, and its lists are read again as soon as that can be", () => {
  const before = newCache();
  before.setQueryData(keys.list("home"), {
    pages: [list(keepStatus(before, status("2")))],
    pageParams: [null],
  });
  const cache = newCache();
  putBack(cache, structuredClone(worthKeeping(before)));
  expect(postOf(cache, "2")?.content).toBe(postOf(before, "2")?.content);
  expect(cache.getQueryState(keys.list("home"))?.isInvalidated).toBe(true);
  // Posts come anew with their list: not one by one.
  expect(cache.getQueryState(keys.post("2"))?.isInvalidated).toBe(false);
});
