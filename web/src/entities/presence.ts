// Who is online, of the people on this tab's screen. The server says it of those whom one may see alone.
import { useEffect, useSyncExternalStore } from "react";
import { live } from "@/api/live";
import type { Presence } from "@/api/liveTypes";

const shown = new Map<string, number>();
let timer: ReturnType<typeof setTimeout> | undefined;

// Rows come and go as a list scrolls; the connection is told when it rests.
function tell() {
  if (timer === undefined)
    timer = setTimeout(() => {
      timer = undefined;
      live.watchPeople([...shown.keys()]);
    }, 200);
}
const follow = (listener: () => void) => live.on("presence", listener);

/** Undefined for who is not known to be here or away. */
export function usePresence(id: string): Presence | undefined {
  useEffect(() => {
    if (!id) return;
    shown.set(id, (shown.get(id) ?? 0) + 1);
    tell();
    return () => {
      const left = (shown.get(id) ?? 1) - 1;
      if (left > 0) shown.set(id, left);
      else shown.delete(id);
      tell();
    };
  }, [id]);
  return useSyncExternalStore(follow, () => live.presenceOf(id));
}
