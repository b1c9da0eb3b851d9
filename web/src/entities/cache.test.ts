import { expect, test } from "vitest";
import type { Account, Status } from "@/api/types";
import { accountOf, changePost, dropFromLists, keepStatus, keys, newCache, postOf, putOnTop } from "./cache";

const account = (id: string): Account => ({
  id,
  username: id,
  acct: id,
  display_name: id,
  locked: false,
  bot: false,
  group: false,
  discoverable: true,
  indexable: true,
  hide_collections: null,
  created_at: "",
  note: "",
  url: "",
  uri: "",
  roles: [],
  noindex: false,
  sociosphere: { interests: [] },
  avatar: "",
  avatar_static: "",
  header: "",
  header_static: "",
  followers_count: 0,
  following_count: 0,
  statuses_count: 0,
  last_status_at: null,
  fields: [],
  emojis: [],
});
const status = (id: string, more: Partial<Status> = {}): Status => ({
  id,
  created_at: "",
  edited_at: null,
  in_reply_to_id: null,
  in_reply_to_account_id: null,
  sensitive: false,
  spoiler_text: "",
  visibility: "public",
  language: null,
  uri: "",
  url: null,
  replies_count: 0,
  reblogs_count: 0,
  favourites_count: 0,
  content: "",
  reblog: null,
  card: null,
  poll: null,
  application: null,
  account: account("mara"),
  media_attachments: [],
  mentions: [],
  tags: [],
  emojis: [],
  ...more,
});

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
