// Whether a post was at least half on screen for a second, for all timelines by one observer. A post that is taller
// than the screen counts when it fills half of that. While the page is hidden nobody looks.
import { useCallback } from "react";
import { looked } from "./looks";

const second = 1_000;
const steps = Array.from({ length: 21 }, (_, step) => step / 20);

type Watched = { id: string; inSight: boolean; timer?: ReturnType<typeof setTimeout> };
const watched = new Map<Element, Watched>();
let observer: IntersectionObserver | null = null;

/** Whether enough of it is there to be read. */
export function isInSight(entry: {
  intersectionRatio: number;
  intersectionRect: { height: number };
  rootBounds: { height: number } | null;
}): boolean {
  const screen = entry.rootBounds?.height ?? Number.POSITIVE_INFINITY;
  return entry.intersectionRatio >= 0.5 || entry.intersectionRect.height >= screen / 2;
}

function judge(one: Watched) {
  const looking = one.inSight && document.visibilityState === "visible";
  if (!looking) {
    clearTimeout(one.timer);
    one.timer = undefined;
  } else one.timer ??= setTimeout(() => looked("seen", one.id), second);
}

function start(): IntersectionObserver {
  document.addEventListener("visibilitychange", () => {
    for (const one of watched.values()) judge(one);
  });
  const notice = (entries: IntersectionObserverEntry[]) => {
    for (const entry of entries) {
      const one = watched.get(entry.target);
      if (!one) continue;
      one.inSight = isInSight(entry);
      judge(one);
    }
  };
  return new IntersectionObserver(notice, { threshold: steps });
}

/** A ref for the element that shows a post; `null` where looks do not count. */
export function useSeen(id: string | null) {
  return useCallback(
    (element: HTMLElement | null) => {
      if (!element || id === null) return;
      observer ??= start();
      watched.set(element, { id, inSight: false });
      observer.observe(element);
      return () => {
        clearTimeout(watched.get(element)?.timer);
        watched.delete(element);
        observer?.unobserve(element);
      };
    },
    [id],
  );
}
