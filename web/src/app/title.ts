// The title of the tab: how much is unread, the place, the app. The favicon and, where the app is
// installed, its icon carry the count too.
import { t } from "@/text";

let place = "";
let count = 0;

function show() {
  const name = place ? `${place} · ${t.app.name}` : t.app.name;
  document.title = count > 0 ? `(${count > 99 ? "99+" : count}) ${name}` : name;
}

export function setPlace(title: string): () => void {
  place = title;
  show();
  return () => {
    if (place === title) place = "";
    show();
  };
}

export function setCount(unread: number) {
  if (unread === count) return;
  count = unread;
  show();
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon) icon.href = unread > 0 ? "/mark-unread.svg" : "/mark.svg";
  if (!("setAppBadge" in navigator)) return;
  // Refused where the app is not installed.
  (unread > 0 ? navigator.setAppBadge(unread) : navigator.clearAppBadge()).catch(() => undefined);
}
