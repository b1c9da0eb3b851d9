// The keyboard's ways, one table; `?` shows it. Posts are the focusable rows with data-post.
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { store } from "@/entities/store";
import { openComposer } from "@/features/composer/open";
import { t } from "@/text";
import { useMe } from "./useSession";

export const shortcutsOpen = store(false);

export const shortcutList: readonly (readonly [string, string])[] = [
  ["j", t.keys.next],
  ["k", t.keys.previous],
  ["Enter", t.keys.open],
  ["l", t.keys.like],
  ["s", t.keys.share],
  ["b", t.keys.bookmark],
  ["r", t.keys.reply],
  ["n", t.keys.compose],
  ["Ctrl Enter", t.keys.send],
  ["/", t.keys.search],
  [".", t.keys.fresh],
  ["g h", t.keys.home],
  ["g n", t.keys.notifications],
  ["g c", t.keys.chats],
  ["↑ ↓", t.keys.chatMove],
  ["Enter", t.keys.chatSend],
  ["↑", t.keys.chatEdit],
  ["r e l", t.keys.chatReply],
  ["?", t.keys.help],
];

const acts: Record<string, string> = { l: "like", s: "share", b: "bookmark", r: "reply" };

export function useShortcuts() {
  const navigate = useNavigate();
  const me = useMe();
  useEffect(() => {
    let leader = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isBusy(event.target))
        return;
      const { key } = event;
      const led = Date.now() - leader < 1000;
      leader = 0;
      const row = document.activeElement?.closest<HTMLElement>("[data-post]") ?? null;
      const act = acts[key];
      if (led && key === "h") void navigate({ to: "/" });
      else if (led && key === "n" && me) void navigate({ to: "/notifications", search: {} });
      else if (led && key === "c" && me) void navigate({ to: "/chats" });
      else if (key === "g") leader = Date.now();
      else if (key === "?") shortcutsOpen.set(true);
      else if (key === "j" || key === "k") step(row, key === "j" ? 1 : -1);
      else if (key === "Enter" && row && document.activeElement === row)
        row.querySelector<HTMLElement>(".when")?.click();
      else if (act)
        (row ?? document.querySelector("[data-focus-post]"))
          ?.querySelector<HTMLElement>(`[data-act="${act}"]`)
          ?.click();
      else if (key === "n" && me) openComposer({ kind: "new" });
      else if (key === ".") document.querySelector<HTMLElement>('[data-act="fresh"]')?.click();
      else if (key === "/" && me) {
        const box = document.querySelector<HTMLElement>("[data-search]");
        if (box?.offsetParent) box.focus();
        else void navigate({ to: "/search", search: {} });
      } else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate, me]);
}

/** Someone types, or a dialog or menu has the keys. */
function isBusy(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable || target.closest("input,textarea,select,[role=dialog],[role=menu]") !== null
  );
}

function step(from: HTMLElement | null, by: 1 | -1) {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-post]")];
  const at = from ? rows.indexOf(from) : -1;
  const onScreen = rows.findIndex((row) => row.getBoundingClientRect().top > 60);
  const next = at < 0 ? rows[Math.max(0, onScreen)] : rows[at + by];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}
