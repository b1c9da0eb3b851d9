import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { sessionState } from "@/api/session";
import { watchOutbox } from "@/features/composer/outbox";
import { watchLooks } from "@/features/insight/looks";
import { remember } from "@/pwa/remember";
import { Toasts } from "@/ui/Toasts";
import { cache } from "./cache";
import { goLive } from "./live";
import { router } from "./router";
import { useSession } from "./useSession";

// The places of chats are loaded with them; by its address the router finds them all the same.
const view = (href: string) => void router.navigate({ href });

const account = () => {
  const session = sessionState();
  return session.status === "signed-in" ? session.account : null;
};

/** The whole client. What one person read is forgotten before another signs in. */
export function App() {
  const session = useSession();
  const who = session.status === "signed-in" ? session.account.id : session.status;
  const before = useRef(who);
  useEffect(() => {
    if (before.current !== who) {
      before.current = who;
      cache.clear();
      void router.invalidate();
    }
    // Nothing of who was here is left on the device.
    if (session.status === "signed-out") void import("@/pwa/forget").then(({ forget }) => forget());
    if (session.status !== "signed-in") return;
    const leave = [goLive(cache, who, view), remember(cache, account), watchOutbox(cache, who)];
    return () => {
      for (const one of leave) one();
    };
  }, [who, session.status]);
  useEffect(watchLooks, []);
  return (
    // Base UI's own style elements are against the CSP; ours cover what they would do.
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={cache}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </CSPProvider>
  );
}
