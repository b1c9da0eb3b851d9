/// <reference lib="webworker" />
// The service worker, built to /sw.js: keeps the client's own files so that it opens without a connection,
// and shows what is pushed. It answers places by the network first, so that a page is never older than the
// server; it never looks at the API or at media. A new worker waits until the person reloads.
import { isPlace, shownOf } from "./shell";

declare const self: ServiceWorkerGlobalScope;
/** The client's files, named by the build. */
declare const __SHELL__: { version: string; files: string[] };

const shell = __SHELL__;
const cacheName = `shell-${shell.version}`;
/** Before a place is answered from the shell instead. */
const patience = 8_000;

/** The static routing of Service Workers, which TypeScript does not know yet. */
type Routes = {
  addRoutes?: (
    rules: { condition: { urlPattern: { pathname: string } }; source: "network" }[],
  ) => Promise<void>;
};

self.addEventListener("install", (event) => {
  // Past the worker, where the browser can: sooner, and what a page that goes away still tells would end here with its page.
  const past = (event as Routes).addRoutes?.([
    { condition: { urlPattern: { pathname: "/api/*" } }, source: "network" },
  ]);
  // Where it cannot after all, all is as without.
  event.waitUntil(Promise.all([past?.catch(() => undefined), keepShell()]));
});

async function keepShell() {
  const cache = await caches.open(cacheName);
  // Hashed files that the last version had too are not loaded again.
  await Promise.all(
    shell.files.map(async (path) => {
      const known = path.startsWith("/assets/") ? await caches.match(path) : undefined;
      if (known) return cache.put(path, known);
      return cache.add(new Request(path, { cache: "no-cache" }));
    }),
  );
}

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith("shell-") && name !== cacheName) await caches.delete(name);
      await self.registration.navigationPreload?.enable();
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (isPlace(url.pathname)) event.respondWith(place(event));
  } else if (shell.files.includes(url.pathname)) event.respondWith(file(request, url.pathname));
});

/** The page from the server, or the kept one when it cannot be reached in time. */
async function place(event: FetchEvent): Promise<Response> {
  const late = new Promise<never>((_, fail) => setTimeout(() => fail(new Error("late")), patience));
  try {
    const preloaded: Response | undefined = await Promise.race([event.preloadResponse, late]);
    return preloaded ?? (await Promise.race([fetch(event.request), late]));
  } catch {
    return (await caches.match("/", { cacheName })) ?? Response.error();
  }
}

async function file(request: Request, path: string): Promise<Response> {
  // A hashed file never changes; the others are the server's, while it is there.
  if (path.startsWith("/assets/")) return (await caches.match(path)) ?? fetch(request);
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(path, { cacheName })) ?? Response.error();
  }
}

self.addEventListener("push", (event) => {
  let payload: unknown = null;
  try {
    payload = event.data?.json();
  } catch {
    // Shown without its words.
  }
  event.waitUntil(show(payload));
});

async function show(payload: unknown) {
  const { title, body, icon, tag, path } = shownOf(payload, self.location.origin);
  const tabs = await self.clients.matchAll({ type: "window" });
  // Who looks at the client already hears of it there.
  if (tabs.some((one) => one.focused)) return;
  await self.registration.showNotification(title, { body, icon, tag, badge: "/badge-96.png", data: path });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path: unknown = event.notification.data;
  event.waitUntil(open(typeof path === "string" ? path : "/notifications"));
});

async function open(path: string) {
  const tabs = await self.clients.matchAll({ type: "window" });
  const tab = tabs.find((one) => isPlace(new URL(one.url).pathname));
  if (!tab) return void (await self.clients.openWindow(path));
  await tab.focus();
  tab.postMessage({ open: path });
}
