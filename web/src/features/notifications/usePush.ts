// Push of this browser: whether it can, whether it is on, and turning it. The service worker shows what comes.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { instance, notifications, push } from "@/api/endpoints";
import { useMe } from "@/app/useSession";
import { t } from "@/text";
import { say, sayError } from "@/ui/toast";

/** `cannot`: the browser or the server has no push; `denied`: the browser was told never to ask again. */
export type PushState = "cannot" | "denied" | "off" | "on";
const key = (account: string) => ["push", account];

const able = () =>
  "serviceWorker" in navigator &&
  "PushManager" in window &&
  "Notification" in window &&
  window.isSecureContext;

async function serverKey(): Promise<string> {
  const { configuration } = await instance();
  const vapid = "vapid" in configuration ? configuration.vapid : null;
  if (typeof vapid !== "object" || vapid === null || !("public_key" in vapid)) return "";
  return typeof vapid.public_key === "string" ? vapid.public_key : "";
}

async function stateNow(): Promise<PushState> {
  if (!able() || !(await serverKey())) return "cannot";
  if (Notification.permission === "denied") return "denied";
  const registration = await navigator.serviceWorker.getRegistration();
  if (!registration) return "cannot";
  return (await registration.pushManager.getSubscription()) ? "on" : "off";
}

export function usePush() {
  const me = useMe();
  const cache = useQueryClient();
  const mine = key(me?.id ?? "");
  const { data = "cannot" } = useQuery({ queryKey: mine, queryFn: stateNow, enabled: me !== null });
  const turn = async (on: boolean) => {
    try {
      if (on) await turnOn();
      else await turnOff();
      cache.setQueryData<PushState>(mine, await stateNow());
    } catch (error) {
      if (Notification.permission !== "granted") say(t.notices.pushDenied);
      else if (error instanceof DOMException) say(t.notices.pushFailed);
      else sayError(error);
      cache.setQueryData<PushState>(mine, await stateNow());
    }
  };
  return { state: data, turn };
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") throw new DOMException("not allowed");
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: await serverKey(),
  });
  const { endpoint, keys } = subscription.toJSON();
  if (!endpoint || !keys?.p256dh || !keys.auth) throw new DOMException("a subscription without keys");
  // Which kinds go by push is said by the matrix; the subscription itself takes them all.
  const kinds = Object.keys((await notifications.wishes()).matrix);
  const alerts = Object.fromEntries(kinds.map((kind) => [kind, true]));
  await push.on({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } }, alerts);
}

/** Also at sign-out: who is signed out here is told nothing here. */
export async function turnOff() {
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return;
  await subscription.unsubscribe();
  await push.off();
}
