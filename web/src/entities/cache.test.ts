import { expect, test } from "vitest";
import { accountOf, changePost, dropFromLists, keepStatus, keys, newCache, postOf, putOnTop } from "./cache";
import { account, status } from "./fixtures";

test("a share and its post are two entries, and their people are kept once each", () => {
  const cache = newCache();
  keepStatus(cache, status("2", { account: account("bo"), reblog: status("1") }));
  expect(postOf(cache, "2")).toMatchObject({ accountId: "bo", sharedId: "1" });
  expect(postOf(cache, "1")?.accountId).toBe("mara");
  expect(accountOf(cache, "bo")?.acct).toBe("bo");
});

test("a status from the stream does not forget what the viewer did", () => {
  const cache = newCache();
  keepStatus(cache, status("1", { favourited: true }));
  keepStatus(cache, status("1", { content: "<p>edited</p>" }));
  expect(postOf(cache, "1")).toMatchObject({ favourited: true, content: "<p>edited</p>" });
});

test("a change to a post that is not known makes nothing up", () => {
  const cache = newCache();
  changePost(cache, "9", (post) => ({ ...post, content: "x" }));
  expect(postOf(cache, "9")).toBeUndefined();
});

test("a new id goes on top once, and a deleted one leaves every list", () => {
  const cache = newCache();
  for (const name of ["home", "local"])
    cache.setQueryData(keys.list(name), { pages: [{ ids: ["1"], next: null }], pageParams: [null] });
  putOnTop(cache, keys.list("home"), ["2", "1"]);
  expect(cache.getQueryData(keys.list("home"))).toMatchObject({ pages: [{ ids: ["2", "1"] }] });
  dropFromLists(cache, "1");
  expect(cache.getQueryData(keys.list("home"))).toMatchObject({ pages: [{ ids: ["2"] }] });
  expect(cache.getQueryData(keys.list("local"))).toMatchObject({ pages: [{ ids: [] }] });
});
