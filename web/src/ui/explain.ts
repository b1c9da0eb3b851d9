// From an error to a sentence: what happened, what is safe, what to do.
import { ApiError } from "@/api/errors";
import { t } from "@/text";

export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.status === 429) return t.errors.busy;
    // What the server says about itself (read-only, no room for pictures) is worth more than our guess.
    if (error.status === 503 && !error.message.startsWith("The server answered")) return error.message;
    if (error.status >= 500) return t.errors.server;
    if (error.status === 404) return t.errors.notFound;
    return error.message;
  }
  if (error instanceof TypeError) return t.errors.network;
  return t.errors.title;
}
