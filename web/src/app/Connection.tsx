import { useEffect, useState } from "react";
import { live } from "@/api/live";
import { t } from "@/text";
import { useMe } from "./useSession";

/** A cut that heals at once is no news. */
const patience = 3_000;

/** An honest line while nothing new can arrive; nothing when all is well. */
export function Connection() {
  const me = useMe();
  const state = live.state.use();
  const cut = state === "connecting" || state === "offline";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!cut) return setShown(false);
    const timer = setTimeout(() => setShown(true), patience);
    return () => clearTimeout(timer);
  }, [cut]);
  const known = me !== null && (state === "offline" || (shown && state === "connecting"));
  return (
    <p className={known ? "connection" : "sr-only"} role="status" data-live={me ? state : undefined}>
      {known ? t.live[state] : ""}
    </p>
  );
}
