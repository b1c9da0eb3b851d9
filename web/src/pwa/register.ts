// Registers the service worker and says when a new version of the client waits. Loaded after the first screen.
import { t } from "@/text";
import { say } from "@/ui/toast";

const hour = 3_600_000;

/** The CSP asks that whatever becomes a script is named by a policy; ours knows one file. */
function ownWorker(): string {
  const path = "/sw.js";
  if (!("trustedTypes" in window)) return path;
  const factory = window.trustedTypes as {
    createPolicy: (
      name: string,
      rules: { createScriptURL: () => string },
    ) => { createScriptURL: (of: string) => string };
  };
  return factory.createPolicy("sociosphere-worker", { createScriptURL: () => path }).createScriptURL(path);
}

export async function register(go: (path: string) => void): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const workers = navigator.serviceWorker;
  const registration = await workers.register(ownWorker(), { scope: "/" });
  workers.addEventListener("message", ({ data }) => {
    if (typeof data?.open === "string" && data.open.startsWith("/")) go(data.open);
  });
  const offer = (waiting: ServiceWorker | null) => waiting && workers.controller && offerReload(waiting);
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const next = registration.installing;
    next?.addEventListener("statechange", () => next.state === "installed" && offer(next));
  });
  // A tab that stays open for days asks now and then, and when somebody comes back to it.
  let asked = Date.now();
  const look = () => {
    if (document.visibilityState === "hidden" || Date.now() - asked < hour) return;
    asked = Date.now();
    registration.update().catch(() => undefined);
  };
  setInterval(look, hour);
  document.addEventListener("visibilitychange", look);
}

let newest: ServiceWorker | null = null;
let shown = false;

/** Stays until it is answered: a reload is the person's to choose, because something may be half written. */
function offerReload(waiting: ServiceWorker) {
  // One offer, of the newest. Whoever puts it away is offered the next one again.
  newest = waiting;
  if (shown) return;
  shown = true;
  const run = () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => window.location.reload(), {
      once: true,
    });
    newest?.postMessage("take over");
  };
  const closed = () => {
    shown = false;
  };
  say(t.app.newVersion, { label: t.app.reload, run }, 0, closed);
}
