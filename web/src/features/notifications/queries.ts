// Notifications in groups, how far they were read, and those that wait for an answer.
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Cursor, markers, notifications } from "@/api/endpoints";
import type { NoticeFilter } from "@/app/router";
import { keepAccount, keepAccounts, keepStatus, keepStatuses } from "@/entities/cache";
import { groupOf, joined } from "./groups";

const types: Record<NoticeFilter, readonly string[]> = {
  mentions: ["mention"],
  likes: ["favourite"],
  shares: ["reblog"],
  follows: ["follow", "follow_request"],
  edits: ["update"],
};
const first: Cursor = null;
export const policyKey = ["notifications", "policy"] as const;
export const heldKey = ["notifications", "requests"] as const;

export function useNotices(filter: NoticeFilter | undefined) {
  const cache = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: ["notifications", "list", filter ?? "all"],
    queryFn: async ({ pageParam, signal }) => {
      const { body, next } = await notifications.groups(filter ? types[filter] : [], pageParam, signal);
      keepAccounts(cache, body.accounts);
      keepStatuses(cache, body.statuses);
      return { groups: body.notification_groups.map(groupOf), next };
    },
    initialPageParam: first,
    getNextPageParam: (last) => last.next,
  });
  return { ...query, groups: joined(query.data?.pages.flatMap((one) => one.groups) ?? []) };
}

export const useReadMarker = () =>
  useQuery({
    queryKey: ["marker"],
    queryFn: async () => (await markers.read()).notifications?.last_read_id ?? "0",
    staleTime: Number.POSITIVE_INFINITY,
  });

export const usePolicy = () => useQuery({ queryKey: policyKey, queryFn: notifications.policy });

/** People whose doing is held back. */
export function useHeld() {
  const cache = useQueryClient();
  return useInfiniteQuery({
    queryKey: heldKey,
    queryFn: async ({ pageParam, signal }) => {
      const { items, next } = await notifications.requests(pageParam, signal);
      const held = items.map(({ id, account, last_status, notifications_count, updated_at }) => ({
        id,
        accountId: keepAccount(cache, account),
        statusId: last_status ? keepStatus(cache, last_status) : null,
        count: Number(notifications_count),
        updatedAt: updated_at,
      }));
      return { held, next };
    },
    initialPageParam: first,
    getNextPageParam: (last) => last.next,
  });
}
