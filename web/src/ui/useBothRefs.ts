import { useCallback } from "react";

type Ref = (element: HTMLElement | null) => (() => void) | undefined;

/** One element for two who watch it. */
export function useBothRefs(first: Ref, second: Ref): Ref {
  return useCallback(
    (element) => {
      const leave = [first(element), second(element)];
      return () => {
        for (const one of leave) one?.();
      };
    },
    [first, second],
  );
}
