import { useRouter } from "@tanstack/react-router";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { WindowVirtualizer, type WindowVirtualizerHandle } from "virtua";
import type { Page } from "@/api/client";
import type { Cursor } from "@/api/endpoints";
import type { Status } from "@/api/types";
import { usePostList } from "@/entities/hooks";
import { PostCard } from "@/features/posts/PostCard";
import { t } from "@/text";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";

type PostFeedProps = {
  listKey: readonly string[];
  read: (cursor: Cursor, signal?: AbortSignal) => Promise<Page<Status>>;
  empty: ReactNode;
  /** Shown above the list, and skipped in it. */
  pinned?: readonly string[];
  /** A list that a stream keeps fresh is not read again on each visit. */
  live?: boolean;
};

// The measured heights of a list by the visit it belongs to, so that Back lands where one was.
const measured = new Map<string, WindowVirtualizerHandle["cache"]>();

/** An endless list of posts; only what is near the screen is in the document. */
export function PostFeed({ listKey, read, empty, pinned = [], live = false }: PostFeedProps) {
  const list = usePostList(listKey, read, { staleTime: live ? Number.POSITIVE_INFINITY : 30_000 });
  // Fixed for the life of this list: the address already changes while the next page is still loading.
  const router = useRouter();
  const [visit] = useState(() => {
    const { state, href } = router.state.location;
    return `${state.__TSR_key ?? href}:${listKey.join()}`;
  });
  const handle = useRef<WindowVirtualizerHandle>(null);
  // A layout effect, because its end still sees the handle.
  useLayoutEffect(
    () => () => {
      if (handle.current) measured.set(visit, handle.current.cache);
      if (measured.size > 50) for (const key of [...measured.keys()].slice(0, 10)) measured.delete(key);
    },
    [visit],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const ids = list.ids.filter((id) => !pinned.includes(id));

  if (list.isPending) return <Skeleton kind="post" count={5} />;
  if (list.error && list.ids.length === 0)
    return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (ids.length === 0 && pinned.length === 0) return empty;
  const more = () => {
    const seen = handle.current;
    if (!seen || !hasNextPage || isFetchingNextPage || list.isFetchNextPageError) return;
    if (seen.findItemIndex(seen.scrollOffset + seen.viewportSize) > ids.length - 6) void fetchNextPage();
  };
  return (
    <>
      {pinned.map((id) => (
        <PostCard key={id} id={id} pinned />
      ))}
      <WindowVirtualizer ref={handle} cache={measured.get(visit)} bufferSize={800} onScroll={more}>
        {ids.map((id) => (
          <PostCard key={id} id={id} />
        ))}
      </WindowVirtualizer>
      {list.isFetchNextPageError ? (
        <ErrorState error={list.error} onRetry={() => void fetchNextPage()} />
      ) : hasNextPage ? (
        <Sentinel busy={isFetchingNextPage} onSeen={() => void fetchNextPage()} />
      ) : (
        <p className="py-8 text-center text-faint">{t.feed.end}</p>
      )}
    </>
  );
}

/** Asks for the next page when the end comes near, also where nothing scrolls. */
function Sentinel({ busy, onSeen }: { busy: boolean; onSeen: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (busy || !place.current) return;
    const watcher = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && onSeen(), {
      rootMargin: "600px",
    });
    watcher.observe(place.current);
    return () => watcher.disconnect();
  });
  return (
    <div ref={place}>
      <Skeleton kind="post" count={2} />
    </div>
  );
}
