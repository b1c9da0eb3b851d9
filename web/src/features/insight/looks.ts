// What the signed-in person looked at, gathered for all timelines in one place and told in batches: when some have
// come together, every few seconds, and when the page goes away. It is told of oneself alone: who signs out takes
// nothing of it to the next.
import { tellLooks } from "@/api/endpoints";
import { onSession, sessionState } from "@/api/session";
import type { Looks } from "@/api/types";

type Kind = keyof Looks;
type Batch = Record<Kind, string[]>;

/** Milliseconds after the first look of a batch. */
const patience = 5_000;
/** A batch of so many goes at once. */
const most = 100;

const nothing = (): Batch => ({ seen: [], viewed: [], opened: [], followed: [], visited: [] });
const me = () => {
  const session = sessionState();
  return session.status === "signed-in" ? session.account.id : null;
};

let batch = nothing();
let size = 0;
let whose: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Notes a look; the server decides whether it counts. */
export function looked(kind: Kind, id: string): void {
  const who = me();
  if (!who) return;
  if (who !== whose) forget();
  whose = who;
  batch[kind].push(id);
  size += 1;
  if (size >= most) send(false);
  else timer ??= setTimeout(() => send(false), patience);
}

function forget() {
  clearTimeout(timer);
  timer = undefined;
  batch = nothing();
  size = 0;
}

function send(leaving: boolean) {
  const looks = batch;
  const some = size > 0 && whose === me();
  forget();
  if (some) tellLooks(looks, leaving);
}

/** Begins to watch for the end of the page and of the session; the answer undoes it. */
export function watchLooks(): () => void {
  const leave = () => send(true);
  const hide = () => document.visibilityState === "hidden" && leave();
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", hide);
  const session = onSession(() => whose !== me() && forget());
  return () => {
    window.removeEventListener("pagehide", leave);
    document.removeEventListener("visibilitychange", hide);
    session();
    forget();
  };
}
