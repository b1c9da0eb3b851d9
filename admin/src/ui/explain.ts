// From an error to a sentence.
import { ApiError } from "@/api/errors";
import { t } from "~/text";

export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    // Why somebody of staff may not is said by the server: their role, somebody of a higher rank, their own decision.
    if (error.status === 403) return error.message || t.errors.forbidden;
    if (error.status === 404) return t.errors.notFound;
    if (error.status >= 500) return t.errors.server;
    return error.message;
  }
  if (error instanceof TypeError) return t.errors.network;
  return error instanceof Error ? error.message : t.errors.title;
}
