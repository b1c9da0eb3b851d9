// One error for everything the server refuses, whichever of its two shapes it used.
import type { Problem } from "./types";

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly requestId: string | undefined;

  constructor(status: number, problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code;
    this.requestId = problem.request_id;
    const fields: Record<string, string> = {};
    if (problem.field) fields[problem.field] = this.message;
    for (const error of problem.errors ?? []) fields[error.field] = error.detail;
    this.fields = fields;
  }
}

type Body = Partial<Problem> & { error?: string; error_description?: string };

/** Reads RFC 9457 and Mastodon's `error` text alike; a body that is neither still gives a sentence. */
export async function readProblem(response: Response): Promise<Problem> {
  return problemOf(response.status, await response.text().catch(() => ""));
}

export function problemOf(status: number, text: string): Problem {
  let body: Body = {};
  try {
    body = JSON.parse(text) as Body;
  } catch {
    // A proxy's HTML page, or nothing: the status has to do.
  }
  return {
    ...body,
    status,
    type: body.type ?? "about:blank",
    code: body.code ?? `http_${status}`,
    title: body.title ?? body.error ?? `The server answered ${status}.`,
    detail: body.detail ?? body.error_description ?? body.error,
  };
}

export const isStatus = (error: unknown, status: number) =>
  error instanceof ApiError && error.status === status;
