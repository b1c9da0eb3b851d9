import { useQuery } from "@tanstack/react-query";
import { announcements } from "@/api/endpoints";
import { useMe } from "@/app/useSession";

export const announcementsKey = ["announcements"] as const;

export function useAnnouncements() {
  const me = useMe();
  const { data } = useQuery({
    queryKey: announcementsKey,
    queryFn: announcements.list,
    enabled: me !== null,
    staleTime: 300_000,
  });
  return data ?? [];
}
