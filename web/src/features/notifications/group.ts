// Many small notices become few: likes and shares of one post, and follows, of the same stretch of time.
import type { Notification } from "@/api/types";

export type Notice = Omit<Notification, "account" | "status"> & {
  accountId: string;
  statusId: string | null;
};
export type Group = {
  key: string;
  type: Notice["type"];
  ids: string[];
  accountIds: string[];
  statusId: string | null;
  /** What staff say. */
  said: string | null;
  createdAt: string;
};

const together = new Set<Notice["type"]>(["favourite", "reblog", "follow"]);
const stretch = 24 * 3_600_000;

/** Staff speak as staff: which of them did, nobody learns. */
export const isFromStaff = (type: Notice["type"]) =>
  type === "moderation_warning" || type === "report_decided" || type === "appeal_decided";

/** Newest first in, newest first out; a group stands where its newest notice stands. */
export function group(list: readonly Notice[]): Group[] {
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  for (const one of list) {
    const name = `${one.type}:${one.statusId ?? ""}`;
    const known = together.has(one.type) ? open.get(name) : undefined;
    if (known && Date.parse(known.createdAt) - Date.parse(one.created_at) < stretch) {
      known.ids.push(one.id);
      if (!known.accountIds.includes(one.accountId)) known.accountIds.push(one.accountId);
      continue;
    }
    const fresh: Group = {
      key: one.id,
      type: one.type,
      ids: [one.id],
      accountIds: [one.accountId],
      statusId: one.statusId,
      said: one.moderation_warning?.text || null,
      createdAt: one.created_at,
    };
    groups.push(fresh);
    open.set(name, fresh);
  }
  return groups;
}

/** Ids are numbers too large for a double; longer is later, then by digits. */
export const isLater = (id: string, than: string) =>
  id.length === than.length ? id > than : id.length > than.length;
