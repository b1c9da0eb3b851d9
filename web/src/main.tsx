// Where the client begins: who is signed in is asked first, so that no screen flickers from out to in.
import "@/styles/main.css";
import { createRoot } from "react-dom/client";
import { startSession } from "@/api/session";
import { App } from "@/app/App";
import { reporter } from "@/app/reportErrors";
import { router } from "@/app/router";

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
const report = reporter(() => router.state.matches.at(-1)?.fullPath ?? "");
window.addEventListener("error", (event) => report(event.error));
window.addEventListener("unhandledrejection", (event) => report(event.reason));
await startSession();
// What a boundary caught is an error all the same.
const onCaughtError = (error: unknown) => {
  report(error);
  console.error(error);
};
createRoot(place, { onCaughtError }).render(<App />);
