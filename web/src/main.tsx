// Where the client begins: who is signed in is asked first, so that no screen flickers from out to in.
import "@/styles/main.css";
import { createRoot } from "react-dom/client";
import { startSession } from "@/api/session";
import { App } from "@/app/App";

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
await startSession();
createRoot(place).render(<App />);
