// Who is signed in. The access token lives in this module's memory only; what survives a reload is the
// HttpOnly refresh cookie, which no script can read. One refresh runs at a time, across tabs too: the
// cookie rotates, and two tabs that spend the same one would look like theft to the server.
import { ApiError, readProblem } from "./errors";
import type { CredentialAccount, Session } from "./types";

type State =
  | { status: "starting" }
  | { status: "signed-out" }
  | { status: "signed-in"; account: CredentialAccount };

let state: State = { status: "starting" };
let token: string | null = null;
let expiresAt = 0;
let refreshing: Promise<boolean> | null = null;
const listeners = new Set<() => void>();

export const sessionState = () => state;
export const accessToken = () => token;
/** When the access token ends, in milliseconds of the clock. */
export const tokenEndsAt = () => expiresAt;

export function onSession(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function become(next: State) {
  state = next;
  for (const listener of listeners) listener();
}

export function enter(session: Session) {
  token = session.access_token;
  expiresAt = Date.now() + session.expires_in * 1000;
  become({ status: "signed-in", account: session.account });
}

export function leave() {
  token = null;
  expiresAt = 0;
  become({ status: "signed-out" });
}

/** The account changed (its profile was edited); the token stays. */
export function replaceAccount(account: CredentialAccount) {
  if (state.status === "signed-in") become({ status: "signed-in", account });
}

/** A token that is good for at least some seconds more, or null if nobody is signed in. */
export async function freshToken(): Promise<string | null> {
  // Who began without a connection has no token yet.
  if (state.status === "signed-in" && Date.now() > expiresAt - 15_000) await refresh();
  return token;
}

/** Trades the cookie for a new token. False means that the person is signed out now. */
export function refresh(): Promise<boolean> {
  refreshing ??= alone(askForSession).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function askForSession(): Promise<boolean> {
  const response = await fetch("/api/sociosphere/v1/auth/refresh", {
    method: "POST",
    headers: { "X-Sociosphere": "1" },
    credentials: "same-origin",
    signal: AbortSignal.timeout(20_000),
  });
  if (response.ok) {
    enter((await response.json()) as Session);
    return true;
  }
  if (response.status === 401 || response.status === 403) {
    leave();
    return false;
  }
  // The server is busy or away: that is no reason to sign anyone out.
  throw new ApiError(response.status, await readProblem(response));
}

async function alone(work: () => Promise<boolean>): Promise<boolean> {
  if (!("locks" in navigator)) return work();
  return navigator.locks.request("sociosphere.refresh", async () => await work());
}

/**
 * Called once at the start; never throws, because the welcome page needs no session. While the server cannot
 * be asked, who was here last may read what is kept on this device.
 */
export async function startSession(
  lastHere: () => Promise<CredentialAccount | null> = async () => null,
): Promise<void> {
  try {
    await refresh();
  } catch {
    const account = await lastHere();
    if (state.status !== "starting") return;
    if (account) become({ status: "signed-in", account });
    else leave();
  }
}

/** Ends the session on the server, and here even if the server is away. */
export async function signOut(): Promise<void> {
  try {
    await fetch("/api/sociosphere/v1/auth/sign-out", {
      method: "POST",
      headers: { "X-Sociosphere": "1" },
      credentials: "same-origin",
    });
  } finally {
    leave();
  }
}
