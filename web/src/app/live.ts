// What the stream tells, put where the screens read it.
import type { QueryClient } from "@tanstack/react-query";
import { type LiveEvent, listen } from "@/api/streaming";
import { keepAccount, keepStatus, keys } from "@/entities/cache";
import { forget } from "@/features/posts/mutations";
import { freshKey, waiting, waitingOf } from "@/features/timelines/FreshPill";

type Waiting = ReturnType<typeof waiting>;

export function goLive(cache: QueryClient, me: string): () => void {
  return listen(
    "user",
    (event) => apply(cache, me, event),
    () => {
      // Away for a while: what was missed is read again.
      void cache.invalidateQueries({ queryKey: keys.list("home") });
      void cache.invalidateQueries({ queryKey: ["notifications"] });
    },
  );
}

export function apply(cache: QueryClient, me: string, event: LiveEvent) {
  switch (event.event) {
    case "update": {
      const id = keepStatus(cache, event.status);
      // One's own post is already on top: the composer put it there.
      if (event.status.account.id === me) return;
      cache.setQueryData<Waiting>(freshKey("home"), (data) => {
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
