// Which posts are on this tab's screen: only their counts are asked to move.
import { useCallback } from "react";
import { live } from "@/api/live";

const elements = new Map<Element, string>();
const inSight = new Set<Element>();
let observer: IntersectionObserver | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function tell() {
  if (timer === undefined)
    timer = setTimeout(() => {
      timer = undefined;
      live.watch([...new Set([...inSight].flatMap((one) => elements.get(one) ?? []))]);
    }, 300);
}

const start = () =>
  new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting && elements.has(target)) inSight.add(target);
        else inSight.delete(target);
      }
      tell();
    },
    { rootMargin: "200px" },
  );

/** A ref for the element that shows a post. */
export function useWatching(id: string) {
  return useCallback(
    (element: HTMLElement | null) => {
      if (!element) return;
      observer ??= start();
      elements.set(element, id);
      observer.observe(element);
      return () => {
        observer?.unobserve(element);
        elements.delete(element);
        inSight.delete(element);
        tell();
      };
    },
    [id],
  );
}
