import {
  createContext,
  type ReactNode,
  type RefObject,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
} from "react";
import { Virtualizer, type VirtualizerHandle, WindowVirtualizer } from "virtua";
import { t } from "@/text";
import { ErrorState } from "./ErrorState";
import { Skeleton } from "./Skeleton";

/** What scrolls around a list, where it is not the window. */
export const Scroller = createContext<RefObject<HTMLElement | null> | null>(null);

/** The part of an endless query that a list needs. */
type Pages = {
  error: Error | null;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  fetchNextPage: () => unknown;
};

type EndlessListProps = {
  ids: readonly string[];
  pages: Pages;
  kind: "post" | "person";
  row: (id: string) => ReactNode;
  /** The visit this list belongs to: who comes back to it lands where they were. */
  visit?: string;
};

// The measured heights of a list by its visit.
const measured = new Map<string, VirtualizerHandle["cache"]>();
const remembered = 50;

/** An endless list: only what is near the screen is in the document, and the next page comes before the end does. */
export function EndlessList({ ids, pages, kind, row, visit = "" }: EndlessListProps) {
  const scroller = useContext(Scroller);
  const handle = useRef<Measures>(null);
  // A layout effect, because its end still sees the handle.
  useLayoutEffect(
    () => () => {
      if (!visit || !handle.current) return;
      measured.set(visit, handle.current.cache);
      for (const key of [...measured.keys()].slice(0, Math.max(0, measured.size - remembered)))
        measured.delete(key);
    },
    [visit],
  );
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError } = pages;
  const fetchNext = () => void pages.fetchNextPage();
  const onScroll = () => {
    const seen = handle.current;
    if (!seen || !hasNextPage || isFetchingNextPage || isFetchNextPageError) return;
    if (seen.findItemIndex(seen.scrollOffset + seen.viewportSize) > ids.length - 6) fetchNext();
  };
  const keep = useCallback((list: Measures | null) => {
    handle.current = list;
  }, []);
  const rows = { ref: keep, cache: measured.get(visit), bufferSize: 800, onScroll };
  const children = ids.map((id) => <div key={id}>{row(id)}</div>);
  return (
    <>
      {scroller ? (
        <Virtualizer {...rows} scrollRef={scroller}>
          {children}
        </Virtualizer>
      ) : (
        <WindowVirtualizer {...rows}>{children}</WindowVirtualizer>
      )}
      {isFetchNextPageError ? (
        <ErrorState error={pages.error} onRetry={fetchNext} />
      ) : hasNextPage ? (
        <Sentinel busy={isFetchingNextPage} onSeen={fetchNext}>
          <Skeleton kind={kind} count={2} />
        </Sentinel>
      ) : (
        kind === "post" && <p className="py-8 text-center text-faint">{t.feed.end}</p>
      )}
    </>
  );
}

/** What both kinds of virtual list know of where they are. */
type Measures = Pick<VirtualizerHandle, "cache" | "scrollOffset" | "viewportSize" | "findItemIndex">;

type SentinelProps = { busy: boolean; onSeen: () => void; children: ReactNode };

/** Asks for the next page when the end comes near, also where nothing scrolls. */
function Sentinel({ busy, onSeen, children }: SentinelProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (busy || !place.current) return;
    const watcher = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && onSeen(), {
      rootMargin: "600px",
    });
    watcher.observe(place.current);
    return () => watcher.disconnect();
  });
  return <div ref={place}>{children}</div>;
}
