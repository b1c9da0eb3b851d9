// What the live connection tells, put where the screens read it.
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { live, goLive as open, type ServerEvents } from "@/api/live";
import { changePost, keepAccount, keepStatus, keys, putOnTop } from "@/entities/cache";
import { announcementsKey } from "@/features/announcements/queries";
import { badgesKey, hereAlready, showUnread } from "@/features/notifications/badges";
import { toastOnce } from "@/features/notifications/toastOnce";
import { forget } from "@/features/posts/mutations";
import { freshKey, waiting, waitingOf } from "@/features/timelines/fresh";

type Waiting = ReturnType<typeof waiting>;

/** `view` goes to where a toast is about. */
export function goLive(cache: QueryClient, me: string, view: (href: string) => void): () => void {
  const look = () => live.active(document.visibilityState === "visible");
  look();
  document.addEventListener("visibilitychange", look);
  const leave = [
    open(me),
    live.on("update", (body) => arrived(cache, me, body)),
    live.on("status.update", ({ status }) => keepStatus(cache, status)),
    live.on("delete", ({ id }) => forget(cache, id)),
    live.on("status.counts", ({ id, ...counts }) =>
      changePost(cache, id, (post) => ({ ...post, ...counts })),
    ),
    live.on("notification", ({ notification }) => {
      notified(cache, notification);
      const { type, chat_id } = notification;
      if (!hereAlready(type))
        toastOnce(notification, () => view(chat_id ? `/chats/${chat_id}` : "/notifications"));
    }),
    live.on("unread", (unread) => cache.setQueryData(badgesKey, unread)),
    live.on("markers", () => cache.invalidateQueries({ queryKey: ["marker"], refetchType: "none" })),
    live.on("announcement", () => cache.invalidateQueries({ queryKey: announcementsKey })),
    live.on("announcement.delete", () => cache.invalidateQueries({ queryKey: announcementsKey })),
    live.onReturn(() => readAgain(cache)),
    showUnread(cache),
  ];
  return () => {
    document.removeEventListener("visibilitychange", look);
    for (const one of leave) one();
  };
}

/** Away for longer than could be brought: what was missed is read again. */
function readAgain(cache: QueryClient) {
  for (const name of ["home", "local", "tag"]) void cache.invalidateQueries({ queryKey: keys.list(name) });
  for (const name of ["notifications", "badges", "announcements"])
    void cache.invalidateQueries({ queryKey: [name] });
}

/** Keeps the local timeline, or that of a tag, live while its screen is open. */
export function useLive(tag?: string) {
  const cache = useQueryClient();
  useEffect(() => {
    const leave = live.follow(tag === undefined ? { stream: "public:local" } : { stream: "hashtag", tag });
    const list = tag === undefined ? keys.list("local") : keys.list("tag", tag);
    return () => {
      leave();
      // Who comes back reads the list anew: what waited is in it then.
      cache.removeQueries({ queryKey: freshKey(list) });
      void cache.invalidateQueries({ queryKey: list, refetchType: "none" });
    };
  }, [cache, tag]);
}

/** The list that a stream feeds. */
function listOf([stream, tag = ""]: string[]) {
  switch (stream) {
    case "user":
      return keys.list("home");
    case "public:local":
      return keys.list("local");
    case "hashtag":
      return keys.list("tag", tag.toLowerCase());
    default:
      return null;
  }
}

export function arrived(cache: QueryClient, me: string, { stream, status }: ServerEvents["update"]) {
  const id = keepStatus(cache, status);
  const list = listOf(stream);
  if (!list) return;
  // One's own post does not wait: who wrote it looks for it.
  if (status.account.id === me) return putOnTop(cache, list, [id]);
  cache.setQueryData<Waiting>(freshKey(list), (data) => {
    const ids = waitingOf(data);
    return ids.includes(id) ? data : waiting([id, ...ids]);
  });
}

function notified(cache: QueryClient, notification: ServerEvents["notification"]["notification"]) {
  keepAccount(cache, notification.account);
  if (notification.status) keepStatus(cache, notification.status);
  void cache.invalidateQueries({ queryKey: ["notifications"] });
  void cache.invalidateQueries({ queryKey: badgesKey });
  if (notification.type === "follow_request")
    void cache.invalidateQueries({ queryKey: keys.list("requests") });
}
