// Posts written without a connection wait on the device and go out when there is one again: by one tab, in
// their order, each with the key it had when it was written, so that a lost answer publishes nothing twice.
// Like drafts they are kept per account, and wait also while nobody is signed in.
import type { QueryClient } from "@tanstack/react-query";
import { createStore, get, update } from "idb-keyval";
import { type Draft, media, statuses } from "@/api/endpoints";
import { ApiError } from "@/api/errors";
import { live } from "@/api/live";
import { store } from "@/entities/store";
import { t } from "@/text";
import { explain } from "@/ui/explain";
import { say } from "@/ui/toast";
import { putPublished } from "./published";

/** `refused` is what the server said; such a post waits for its author's decision. */
export type Waiting = { key: string; draft: Draft; media: Described[]; at: number; refused?: string };
/** What is said of a picture that was uploaded already. */
export type Described = { id: string; description: string; focus: string };

const most = 50;
const none: Waiting[] = [];
/** Those of who is signed in. */
export const outbox = store(none);
let whose = "";
let go = () => {};

let opened: ReturnType<typeof createStore> | undefined;
const place = () => {
  opened ??= createStore("sociosphere-outbox", "posts");
  return opened;
};
const news = "BroadcastChannel" in globalThis ? new BroadcastChannel("sociosphere.outbox") : null;

async function read() {
  const me = whose;
  const list = await get<Waiting[]>(me, place()).catch(() => undefined);
  if (me === whose) outbox.set(list ?? none);
}
async function change(how: (list: Waiting[]) => Waiting[]) {
  await update<Waiting[]>(whose, (list) => how(list ?? none), place());
  await read();
  news?.postMessage("changed");
}

/** False if the device keeps no more: then the composer keeps what was written. */
export async function putInOutbox(draft: Draft, media: Described[], key: string): Promise<boolean> {
  if (outbox.get().length >= most) return false;
  const fresh = { key, draft, media, at: Date.now() };
  await change((list) => [...list.filter((one) => one.key !== key), fresh]);
  return true;
}
export const discard = (key: string) => change((list) => list.filter((one) => one.key !== key));
/** Tries again what was refused. */
export async function again(key: string) {
  await change((list) =>
    list.map(({ refused, ...one }) => (one.key === key || !refused ? one : { ...one, refused })),
  );
  go();
}

/** Sends what waits, whenever that can be; what it returns stops it. */
export function watchOutbox(cache: QueryClient, me: string): () => void {
  whose = me;
  let ended = false;
  const send = async () => {
    await read();
    for (const one of outbox.get()) {
      if (ended || !navigator.onLine) return;
      if (one.refused) continue;
      try {
        for (const { id, description, focus } of one.media) await media.describe(id, description, focus);
        putPublished(cache, await statuses.publish(one.draft, one.key));
        await discard(one.key);
        say(t.compose.sentLater);
      } catch (error) {
        // Without a connection it waits on; so it does while the server has a problem of its own.
        if (!(error instanceof ApiError) || error.status >= 500 || error.status === 429) return;
        await change((list) =>
          list.map((each) => (each.key === one.key ? { ...each, refused: explain(error) } : each)),
        );
      }
    }
  };
  go = () => {
    if (!("locks" in navigator)) return void send();
    void navigator.locks.request(`sociosphere.outbox.${me}`, { ifAvailable: true }, (lock) =>
      lock ? send() : undefined,
    );
  };
  const heard = () => void read();
  const leave = live.on("ready", go);
  window.addEventListener("online", go);
  news?.addEventListener("message", heard);
  go();
  return () => {
    ended = true;
    go = () => {};
    whose = "";
    leave();
    window.removeEventListener("online", go);
    news?.removeEventListener("message", heard);
    outbox.set(none);
  };
}
