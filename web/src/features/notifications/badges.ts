// How much is unread, in one place for the navigation, the title, the favicon and the app's icon.
import { type QueryClient, useQuery } from "@tanstack/react-query";
import { notifications } from "@/api/endpoints";
import type { Unread } from "@/api/liveTypes";
import { setCount } from "@/app/title";
import { useMe } from "@/app/useSession";

export const badgesKey = ["badges"] as const;
const none: Unread = { notifications: 0, chats: 0, requests: 0 };

export function useBadges(): Unread {
  const me = useMe();
  const { data } = useQuery({
    queryKey: badgesKey,
    // The live connection tells all three; by REST only the first is asked.
    queryFn: async ({ client }) => {
      const { count } = await notifications.unread();
      // What was told meanwhile stays.
      return { ...(client.getQueryData<Unread>(badgesKey) ?? none), notifications: count };
    },
    enabled: me !== null,
    staleTime: 60_000,
  });
  return data ?? none;
}

/** Somebody who looks at the place a notice leads to needs no word about it. */
export function hereAlready(type: string): boolean {
  const place = type === "chat_message" ? "/chats" : "/notifications";
  return document.visibilityState === "visible" && window.location.pathname.startsWith(place);
}

/** Keeps title and icons at what is unread, until the returned function is called. */
export function showUnread(cache: QueryClient): () => void {
  const show = () => {
    const { notifications: notices, chats } = cache.getQueryData<Unread>(badgesKey) ?? none;
    setCount(notices + chats);
  };
  show();
  const leave = cache.getQueryCache().subscribe(({ query }) => query.queryKey[0] === badgesKey[0] && show());
  return () => {
    leave();
    setCount(0);
  };
}
