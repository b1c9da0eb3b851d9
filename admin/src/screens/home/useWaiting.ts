// What waits for somebody of the team: the same figures as Home's, for those who may see them.
import { useQuery } from "@tanstack/react-query";
import { read, staff } from "~/api/ask";
import type { HomeView } from "~/api/types";
import type { Place } from "~/auth/permissions";
import { useMay } from "~/auth/session";

export const homeKey = (days: number) => ["home", days] as const;
export function useHome(days: number) {
  const may = useMay("view_dashboard");
  return useQuery({
    queryKey: homeKey(days),
    queryFn: () => read<HomeView>(`${staff}/home`, { days }),
    enabled: may,
    refetchInterval: 60_000,
  });
}

export function useWaiting(): Partial<Record<Place, number>> {
  const { data } = useHome(30);
  if (!data) return {};
  return {
    cases: data.cases.open,
    appeals: data.appeals_waiting,
    "sign-ups": data.sign_ups_waiting,
    jobs: data.jobs?.dead ?? 0,
  };
}
