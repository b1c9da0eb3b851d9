import { useEffect } from "react";
import { useNotificationContext } from "react-admin";

/** What can be undone is done some seconds later: a page that is closed meanwhile would leave it undone. */
export function useAskBeforeLeaving() {
  const { notifications } = useNotificationContext();
  const waits = notifications.some((one) => one.notificationOptions?.undoable);
  useEffect(() => {
    if (!waits) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [waits]);
}
