// What Explore and the boxes beside the sheet ask. Trends change every few minutes, suggestions with whom one follows.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { explore } from "@/api/endpoints";
import type { Suggestion } from "@/api/types";
import { keepAccount, keepStatuses } from "@/entities/cache";
import { t } from "@/text";
import { say, sayError } from "@/ui/toast";

const minutes = 60_000;
const suggestions = ["suggestions"] as const;

/** A suggestion as it lies in the cache: its account is an id. */
export type Suggested = { id: string; reasons: Suggestion["sociosphere"] };

export const useTrendingTags = () =>
  useQuery({ queryKey: ["trends", "tags"], queryFn: explore.tags, staleTime: 3 * minutes });

export const useTrendingLinks = () =>
  useQuery({ queryKey: ["trends", "links"], queryFn: explore.links, staleTime: 3 * minutes });

export function useTrendingPosts() {
  const cache = useQueryClient();
  return useQuery({
    queryKey: ["trends", "posts"],
    queryFn: async () => keepStatuses(cache, await explore.posts()),
    staleTime: 3 * minutes,
  });
}

export function useSuggestions(enabled: boolean) {
  const cache = useQueryClient();
  return useQuery({
    queryKey: suggestions,
    queryFn: async (): Promise<Suggested[]> =>
      (await explore.suggestions()).map((one) => ({
        id: keepAccount(cache, one.account),
        reasons: one.sociosphere,
      })),
    enabled,
    staleTime: 5 * minutes,
  });
}

/** Takes somebody out of the suggestions at once, with the way back. */
export function useDismiss() {
  const cache = useQueryClient();
  return async (id: string) => {
    const before = cache.getQueryData<Suggested[]>(suggestions);
    const put = (list: Suggested[] | undefined) => cache.setQueryData<Suggested[]>(suggestions, list);
    const restore = async () => {
      try {
        await explore.restore(id);
        put(before);
      } catch (error) {
        sayError(error);
      }
    };
    put(before?.filter((one) => one.id !== id));
    try {
      await explore.dismiss(id);
      say(t.explore.dismissed, { label: t.app.undo, run: () => void restore() });
    } catch (error) {
      put(before);
      sayError(error);
    }
  };
}
