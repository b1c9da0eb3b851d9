// How far the person has read: the lowest message on screen while they look at it.
import { useQueryClient } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef } from "react";
import type { VirtualizerHandle } from "virtua";
import type { Chat } from "@/api/types";
import { chatOf, takeRead } from "./cache";
import { tellRead } from "./deliver";
import type { Window } from "./window";

const settles = 300;

/** Gives a function to call when what is on screen changed. */
export function useReading(
  chat: Chat,
  part: Window,
  list: RefObject<VirtualizerHandle | null>,
  scroller: RefObject<HTMLElement | null>,
) {
  const cache = useQueryClient();
  const latest = useRef(() => {});
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const told = useRef(0);

  const look = () => {
    const place = scroller.current;
    const now = list.current;
    if (!place || !now || part.messages.length === 0 || chat.role === "invited") return;
    if (document.visibilityState !== "visible" || !document.hasFocus()) return;
    const below = place.scrollHeight - place.scrollTop - place.clientHeight;
    const index =
      below < 48 ? part.messages.length - 1 : now.findItemIndex(now.scrollOffset + now.viewportSize - 24);
    const number = part.messages[Math.min(index, part.messages.length - 1)]?.number ?? 0;
    const known = chatOf(cache, chat.id)?.read_number ?? chat.read_number;
    if (number <= known) return;
    takeRead(cache, chat.id, number);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (number <= told.current) return;
      told.current = number;
      tellRead(chat.id, number);
    }, settles);
  };
  useEffect(() => {
    latest.current = look;
  });
  useEffect(() => {
    const again = () => latest.current();
    window.addEventListener("focus", again);
    document.addEventListener("visibilitychange", again);
    return () => {
      window.removeEventListener("focus", again);
      document.removeEventListener("visibilitychange", again);
    };
  }, []);
  return look;
}
