import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { newCache } from "@/entities/cache";
import { watchLooks } from "@/features/insight/looks";
import { Toasts } from "@/ui/Toasts";
import { goLive } from "./live";
import { router } from "./router";
import { useSession } from "./useSession";

const cache = newCache();
// The places of chats are loaded with them; by its address the router finds them all the same.
const view = (chats: boolean) => void router.navigate({ href: chats ? "/chats" : "/notifications" });

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
    return session.status === "signed-in" ? goLive(cache, who, view) : undefined;
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
