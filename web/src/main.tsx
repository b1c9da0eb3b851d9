// Where the client begins: who is signed in is asked first, so that no screen flickers from out to in.
import "@/styles/main.css";
import { createRoot } from "react-dom/client";
import { startSession } from "@/api/session";
import { App } from "@/app/App";
import { cache } from "@/app/cache";
import { reporter } from "@/app/reportErrors";
import { router } from "@/app/router";
import { putBack, recall } from "@/pwa/remember";

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
const report = reporter(() => router.state.matches.at(-1)?.fullPath ?? "");
window.addEventListener("error", (event) => report(event.error));
window.addEventListener("unhandledrejection", (event) => report(event.reason));
await startSession(async () => {
  const kept = await recall();
  if (kept) putBack(cache, kept.entries);
  return kept?.account ?? null;
});
// What a boundary caught is an error all the same.
const onCaughtError = (error: unknown) => {
  report(error);
  console.error(error);
};
createRoot(place, { onCaughtError }).render(<App />);
// After the first screen, which needs none of it.
if (import.meta.env.PROD)
  window.setTimeout(() => {
    void import("@/pwa/register").then(({ register }) =>
      register((path) => void router.navigate({ href: path })),
    );
  }, 2_000);
