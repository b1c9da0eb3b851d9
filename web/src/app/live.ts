// What the streams tell, put where the screens read it.
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Connection, type Extra, listen, type Told } from "@/api/streaming";
import { keepAccount, keepStatus, keys, putOnTop } from "@/entities/cache";
import { store } from "@/entities/store";
import { forget } from "@/features/posts/mutations";
import { freshKey, waiting, waitingOf } from "@/features/timelines/fresh";

type Waiting = ReturnType<typeof waiting>;

/** The connection of who is signed in. */
const open = store<Connection | null>(null);

export function goLive(cache: QueryClient, me: string): () => void {
  const connection = listen(
    (told) => apply(cache, me, told),
    () => {
      // Away for a while: what was missed is read again.
      for (const name of ["home", "local", "tag"])
        void cache.invalidateQueries({ queryKey: keys.list(name) });
      void cache.invalidateQueries({ queryKey: ["notifications"] });
    },
  );
  open.set(connection);
  return () => {
    open.set(null);
    connection.end();
  };
}

/** Keeps the local timeline, or that of a tag, live while its screen is open. */
export function useLive(tag?: string) {
  const cache = useQueryClient();
  const connection = open.use();
  useEffect(() => {
    if (!connection) return;
    const extra: Extra = tag === undefined ? { stream: "public:local" } : { stream: "hashtag", tag };
    const leave = connection.follow(extra);
    const list = tag === undefined ? keys.list("local") : keys.list("tag", tag);
    return () => {
      leave();
      // Who comes back reads the list anew: what waited is in it then.
      cache.removeQueries({ queryKey: freshKey(list) });
      void cache.invalidateQueries({ queryKey: list, refetchType: "none" });
    };
  }, [cache, connection, tag]);
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

export function apply(cache: QueryClient, me: string, { by, event }: Told) {
  switch (event.event) {
    case "update": {
      const id = keepStatus(cache, event.status);
      const list = listOf(by);
      if (!list) return;
      // One's own post does not wait: who wrote it looks for it.
      if (event.status.account.id === me) return putOnTop(cache, list, [id]);
      cache.setQueryData<Waiting>(freshKey(list), (data) => {
        const ids = waitingOf(data);
        return ids.includes(id) ? data : waiting([id, ...ids]);
      });
      return;
    }
    case "status.update":
      keepStatus(cache, event.status);
      return;
    case "delete":
      forget(cache, event.id);
      return;
    case "notification":
      keepAccount(cache, event.notification.account);
      if (event.notification.status) keepStatus(cache, event.notification.status);
      void cache.invalidateQueries({ queryKey: ["notifications"] });
      if (event.notification.type === "follow_request")
        void cache.invalidateQueries({ queryKey: keys.list("requests") });
  }
}
