import { useEffect } from "react";
import { comeBack, sendWaiting } from "~/api/leaving";

/** What can be undone is sent some seconds later, or at once when the page is closed or loaded anew meanwhile. */
export function useSendBeforeLeaving() {
  useEffect(() => {
    let sent = 0;
    const leave = () => {
      sent = sendWaiting();
    };
    const back = (event: PageTransitionEvent) => {
      if (!event.persisted) return;
      comeBack();
      // What stands there offers to undo what was sent.
      if (sent > 0) window.location.reload();
    };
    // react-admin would ask whether to leave: there is nothing to lose.
    const ask = (event: BeforeUnloadEvent) => event.stopImmediatePropagation();
    window.addEventListener("pagehide", leave);
    window.addEventListener("pageshow", back);
    window.addEventListener("beforeunload", ask, { capture: true });
    return () => {
      window.removeEventListener("pagehide", leave);
      window.removeEventListener("pageshow", back);
      window.removeEventListener("beforeunload", ask, { capture: true });
    };
  }, []);
}
