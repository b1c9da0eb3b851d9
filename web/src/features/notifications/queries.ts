// Notifications and how far they were read.
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Cursor, markers, notifications } from "@/api/endpoints";
import type { NoticeFilter } from "@/app/router";
import { keepAccount, keepStatus } from "@/entities/cache";
import type { Notice } from "./group";

const types: Record<NoticeFilter, readonly string[]> = {
  mentions: ["mention"],
  likes: ["favourite"],
  shares: ["reblog"],
  follows: ["follow", "follow_request"],
  edits: ["update"],
};
const first: Cursor = null;

export function useNotices(filter: NoticeFilter | undefined) {
  const cache = useQueryClient();
  return useInfiniteQuery({
    queryKey: ["notifications", "list", filter ?? "all"],
    queryFn: async ({ pageParam, signal }) => {
      const { items, next } = await notifications.list(filter ? types[filter] : [])(pageParam, signal);
      const notices = items.map(
        ({ account, status, ...rest }): Notice => ({
          ...rest,
          accountId: keepAccount(cache, account),
          statusId: status ? keepStatus(cache, status) : null,
        }),
      );
      return { notices, next };
    },
    initialPageParam: first,
    getNextPageParam: (last) => last.next,
  });
}

export const useReadMarker = () =>
  useQuery({
    queryKey: ["marker"],
    queryFn: async () => (await markers.read()).notifications?.last_read_id ?? "0",
    staleTime: Number.POSITIVE_INFINITY,
  });
