// A quiet word about a notification: once, in the tab that is looked at, whichever of them hears it first.
import type { Notification } from "@/api/types";
import { apart, t } from "@/text";
import { say } from "@/ui/toast";
import { insteadOfName } from "./types";

/** Longer than tabs differ in when they hear of it. */
const apartBy = 5_000;
/** Not more than a word in so many milliseconds: a crowd is told by the badge. */
const quiet = 4_000;
let last = 0;

export function toastOnce(notification: Notification, view: () => void) {
  if (document.visibilityState !== "visible" || Date.now() - last < quiet) return;
  last = Date.now();
  const show = () => {
    const { account, type } = notification;
    const { who, did } = t.notices.line(type, apart(account.display_name || account.username), 0);
    say(`${insteadOfName(type) ?? who} ${did}`, {
      label: t.notices.view,
      run: view,
    });
  };
  if (!("locks" in navigator)) return show();
  void navigator.locks.request(`sociosphere.toast.${notification.id}`, { ifAvailable: true }, (lock) => {
    if (!lock) return;
    show();
    return new Promise((free) => setTimeout(free, apartBy));
  });
}
