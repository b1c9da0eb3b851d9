// The session as React sees it.
import { useSyncExternalStore } from "react";
import { onSession, sessionState } from "@/api/session";

export const useSession = () => useSyncExternalStore(onSession, sessionState);

/** The signed-in account, or null. */
export function useMe() {
  const session = useSession();
  return session.status === "signed-in" ? session.account : null;
}

/** Whether the signed-in account has a staff role: an older server does not say, and then nobody has. */
export const useIsStaff = () => (useMe()?.source.sociosphere?.permissions?.length ?? 0) > 0;
