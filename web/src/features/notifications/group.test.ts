import { expect, test } from "vitest";
import { group, isLater, type Notice } from "./group";

const notice = (
  id: number,
  type: Notice["type"],
  accountId: string,
  statusId: string | null,
  hoursAgo = 0,
): Notice => ({
  id: String(id),
  type,
  group_key: `ungrouped-${id}`,
  accountId,
  statusId,
  created_at: new Date(Date.UTC(2026, 10, 20) - hoursAgo * 3_600_000).toISOString(),
});

test("likes of one post become one line, and a person stands in it once", () => {
  const groups = group([
    notice(5, "favourite", "a", "p"),
    notice(4, "favourite", "b", "p"),
    notice(3, "favourite", "a", "p"),
  ]);
  expect(groups).toHaveLength(1);
  expect(groups[0]).toMatchObject({ ids: ["5", "4", "3"], accountIds: ["a", "b"] });
});

test("likes of another post, shares and mentions stay apart", () => {
  const groups = group([
    notice(5, "favourite", "a", "p"),
    notice(4, "favourite", "a", "q"),
    notice(3, "reblog", "a", "p"),
    notice(2, "mention", "a", "p"),
    notice(1, "mention", "b", "p"),
  ]);
  expect(groups).toHaveLength(5);
});

test("what lies more than a day before is a line of its own", () => {
  expect(group([notice(2, "follow", "a", null), notice(1, "follow", "b", null, 25)])).toHaveLength(2);
});

test("ids compare as numbers, also beyond what a double holds", () => {
  expect(isLater("10000000000000000001", "10000000000000000000")).toBe(true);
  expect(isLater("9", "10")).toBe(false);
});
