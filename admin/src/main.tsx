// Where the panel begins. Who is signed in is asked first; what they may see is decided before anything of it is loaded.
import "@fontsource-variable/bricolage-grotesque/index.css";
import "@fontsource-variable/figtree/index.css";
import "@/styles/tokens.css";
import "~/theme/look.css";
import createCache from "@emotion/cache";
import { CacheProvider } from "@emotion/react";
import { createRoot } from "react-dom/client";
import { startSession } from "@/api/session";
import { App } from "~/App";
import { AdoptedSheet } from "~/theme/AdoptedSheet";

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
const cache = createCache({ key: "s" });
cache.sheet = AdoptedSheet.first("s");
await startSession();
createRoot(place).render(
  <CacheProvider value={cache}>
    <App />
  </CacheProvider>,
);
