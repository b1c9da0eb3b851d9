// The one place that calls fetch. It adds the token, renews it once when the server says 401, and turns
// refusals into ApiError. Casts from JSON to types happen here and nowhere else.
import { ApiError, problemOf, readProblem } from "./errors";
import { accessToken, freshToken, refresh } from "./session";

type Query = Record<string, string | number | boolean | null | undefined | readonly string[]>;
export type Ask = {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  json?: unknown;
  form?: FormData;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** The page goes away: the request outlives it, and there is no time to renew the token. */
  leaving?: boolean;
};
export type Page<T> = { items: T[]; next: string | null };

export function urlOf(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    if (typeof value === "object") for (const item of value) params.append(`${key}[]`, item);
    else params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

async function send(path: string, ask: Ask): Promise<Response> {
  const token = ask.leaving ? accessToken() : await freshToken();
  const headers = new Headers(ask.headers);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (ask.json !== undefined) headers.set("Content-Type", "application/json");
  return fetch(urlOf(path, ask.query), {
    method: ask.method ?? "GET",
    headers,
    body: ask.form ?? (ask.json === undefined ? undefined : JSON.stringify(ask.json)),
    signal: ask.signal,
    credentials: "same-origin",
    keepalive: ask.leaving ?? false,
  });
}

export async function call(path: string, ask: Ask = {}): Promise<Response> {
  let response = await send(path, ask);
  const anonymous = response.headers.get("X-Sociosphere-Session") === "none" || path.includes("/auth/sign-");
  if (response.status === 401 && !anonymous) {
    // A new token does not help where the password is wanted again.
    const problem = await readProblem(response);
    if (problem.code === "step_up_required" || !(await refresh())) throw new ApiError(401, problem);
    response = await send(path, ask);
  }
  if (!response.ok) throw new ApiError(response.status, await readProblem(response));
  return response;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return (await (await call(path, { query, signal })).json()) as T;
}

export async function change<T>(
  method: NonNullable<Ask["method"]>,
  path: string,
  json?: unknown,
): Promise<T> {
  const response = await call(path, { method, json });
  const text = await response.text();
  return (text ? JSON.parse(text) : {}) as T;
}

/** Sends what nobody waits for: without credentials, also while the page goes away. */
export function tell(path: string, json: unknown): void {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(json);
  fetch(path, { method: "POST", headers, body, credentials: "omit", keepalive: true }).catch(() => undefined);
}

/** The same as whoever is signed in. A page that goes away has no time to renew its token. */
export async function tellAsMe(path: string, json: unknown, leaving: boolean): Promise<void> {
  const token = leaving ? accessToken() : await freshToken();
  if (!token) return;
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(json), keepalive: true });
  // Nobody reads it; until somebody does, it holds its connection.
  await answer.body?.cancel();
}

export async function asked<T>(path: string, ask: Ask): Promise<{ status: number; body: T }> {
  const response = await call(path, ask);
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as T };
}

/** A page of a list; `next` is the path of the following page from the Link header. */
export async function page<T>(path: string, query?: Query, signal?: AbortSignal): Promise<Page<T>> {
  const response = await call(path, { query, signal });
  return { items: (await response.json()) as T[], next: nextOf(response.headers.get("Link")) };
}

/** The same of a list whose body is not a bare array. */
export async function pageOf<T>(
  path: string,
  query?: Query,
  signal?: AbortSignal,
): Promise<{ body: T; next: string | null }> {
  const response = await call(path, { query, signal });
  return { body: (await response.json()) as T, next: nextOf(response.headers.get("Link")) };
}

export function nextOf(link: string | null): string | null {
  for (const part of (link ?? "").split(/,\s*(?=<)/)) {
    const match = /^<([^>]+)>.*rel="?next"?/.exec(part);
    if (match?.[1]) {
      const url = new URL(match[1], "http://same.invalid");
      return url.pathname + url.search;
    }
  }
  return null;
}

/** Uploads with progress, which fetch cannot report. */
export async function upload<T>(
  path: string,
  form: FormData,
  options: { onProgress: (share: number) => void; signal: AbortSignal },
): Promise<{ status: number; body: T }> {
  const token = await freshToken();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) options.onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      const { status, responseText } = request;
      if (status >= 200 && status < 300) resolve({ status, body: JSON.parse(responseText) as T });
      else reject(new ApiError(status, problemOf(status, responseText)));
    };
    request.onerror = () => reject(new TypeError("network"));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    options.signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}
