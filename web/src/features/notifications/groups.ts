// Groups as the server makes them, and what the screen adds: one that goes over the edge of a page is one.
import type { NoticeGroup } from "@/api/types";

/** A group as the screen shows it; its people and its post are ids. */
export type Group = {
  key: string;
  type: NoticeGroup["type"];
  count: number;
  accountIds: string[];
  statusId: string | null;
  /** What staff say, or which device signed in. */
  said: string | null;
  /** Where something is unread. */
  chatId: string | null;
  createdAt: string;
  /** Id of its newest notification: to be compared with how far one has read. */
  newest: string;
};

export function groupOf(one: NoticeGroup): Group {
  return {
    key: one.group_key,
    type: one.type,
    count: one.notifications_count,
    accountIds: one.sample_account_ids,
    statusId: one.status_id ?? null,
    said: one.moderation_warning?.text || one.device || null,
    chatId: one.chat_id ?? null,
    createdAt: one.latest_page_notification_at ?? "",
    // The number beside it is larger than a double holds.
    newest: one.page_max_id ?? "0",
  };
}

/** Newest first; the parts of a group on later pages join the first of them. */
export function joined(groups: readonly Group[]): Group[] {
  const all = new Map<string, Group>();
  for (const one of groups) {
    const before = all.get(one.key);
    if (!before) all.set(one.key, one);
    else
      all.set(one.key, {
        ...before,
        count: Math.max(before.count, one.count),
        accountIds: [...new Set([...before.accountIds, ...one.accountIds])],
      });
  }
  return [...all.values()];
}

/** How many did it beside the one who is named. */
export const othersOf = ({ count, accountIds }: Group) => Math.max(count, accountIds.length) - 1;

/** Ids are numbers too large for a double; longer is later, then by digits. */
export const isLater = (id: string, than: string) =>
  id.length === than.length ? id > than : id.length > than.length;
