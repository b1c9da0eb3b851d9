import { expect, test } from "vitest";
import type { NoticeGroup } from "@/api/types";
import { groupOf, isLater, joined, othersOf } from "./groups";

const likes = (over: Partial<NoticeGroup> = {}): NoticeGroup => ({
  group_key: "favourite-1-9",
  type: "favourite",
  notifications_count: 12,
  most_recent_notification_id: Number("9007199254740993"),
  page_min_id: "9007199254740000",
  page_max_id: "9007199254740993",
  latest_page_notification_at: "2026-11-20T00:00:00.000Z",
  sample_account_ids: ["a", "b"],
  status_id: "p",
  ...over,
});

test("a group names one and counts the others, also those it shows no face of", () => {
  const group = groupOf(likes());
  expect(group).toMatchObject({ key: "favourite-1-9", accountIds: ["a", "b"], statusId: "p" });
  expect(othersOf(group)).toBe(11);
  expect(othersOf(groupOf(likes({ notifications_count: 1, sample_account_ids: ["a"] })))).toBe(0);
});

test("how far one has read is compared by the id's text, which keeps every digit", () => {
  expect(groupOf(likes()).newest).toBe("9007199254740993");
  expect(isLater("10000000000000000001", "10000000000000000000")).toBe(true);
  expect(isLater("9", "10")).toBe(false);
});

test("a group that goes over the edge of a page stands once, where its newest is", () => {
  const pages = [
    likes(),
    likes({ group_key: "ungrouped-5", type: "mention" }),
    likes({ notifications_count: 12, sample_account_ids: ["b", "c"], page_max_id: "9007199254730000" }),
  ].map(groupOf);
  const all = joined(pages);
  expect(all.map((one) => one.key)).toEqual(["favourite-1-9", "ungrouped-5"]);
  expect(all[0]).toMatchObject({ accountIds: ["a", "b", "c"], newest: "9007199254740993", count: 12 });
});
