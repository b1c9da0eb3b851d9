// Tells the operators what went wrong in the client: each error once, a few for a visit, with the page's pattern
// and never its address. The server takes out what may be somebody's.
import { reportClientError } from "@/api/endpoints";
import { ApiError } from "@/api/errors";

/** The client's release, which the build fills in. */
declare const __VERSION__: string;

/** Most reports of one visit: what goes wrong again and again is known by then. */
const MOST = 5;

type Where = () => string;

/** Whether the client is to blame: not the server, which knows of its refusals, nor the network. */
function isOurs(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof ApiError || error.name === "AbortError") return false;
  return !/network|fetch|load failed/i.test(error.message) || !(error instanceof TypeError);
}

/** A reporter for one visit. */
export function reporter(where: Where) {
  const known = new Set<string>();
  return (error: unknown): void => {
    if (!isOurs(error)) return;
    const place = where();
    const key = `${place} ${error.name} ${error.message}`;
    if (known.has(key) || known.size >= MOST) return;
    known.add(key);
    const message = `${error.name}: ${error.message}`.slice(0, 500);
    reportClientError({ message, place, stack: (error.stack ?? "").slice(0, 4000), version: __VERSION__ });
  };
}
