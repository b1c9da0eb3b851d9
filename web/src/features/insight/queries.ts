import { useQuery } from "@tanstack/react-query";
import { insights } from "@/api/endpoints";

export const usePostInsight = (id: string) =>
  useQuery({ queryKey: ["insight", "post", id], queryFn: () => insights.post(id), staleTime: 10_000 });

export const useAccountInsight = (days: number) =>
  useQuery({
    queryKey: ["insight", "account", days],
    queryFn: () => insights.account(days),
    staleTime: 10_000,
    // The numbers of the range before stay until those of the new one are there.
    placeholderData: (before) => before,
  });
