// Who is online, of the people on this tab's screen. The server says it of those whom one may see alone.
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { live } from "@/api/live";
import type { Presence } from "@/api/liveTypes";

const known = new Map<string, Presence>();
const shown = new Map<string, number>();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

export function keepPresence(one: Presence) {
  known.set(one.account_id, one);
  for (const listener of listeners) listener();
}

/** What one person learned is not for the next. */
export function forgetPresence() {
  known.clear();
  for (const listener of listeners) listener();
}

// Rows come and go as a list scrolls; the server is told when it rests.
function tell() {
  if (timer === undefined)
    timer = setTimeout(() => {
      timer = undefined;
      live.watchPeople([...shown.keys()]);
      // Of those who are not watched nothing is heard, so nothing is claimed.
      for (const id of known.keys()) if (!shown.has(id)) known.delete(id);
    }, 200);
}

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
  const follow = useCallback((listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return useSyncExternalStore(follow, () => known.get(id));
}
