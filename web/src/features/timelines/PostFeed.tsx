import { useRouter } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Page } from "@/api/client";
import type { Cursor } from "@/api/endpoints";
import type { Status } from "@/api/types";
import { usePostList } from "@/entities/hooks";
import { PostCard } from "@/features/posts/PostCard";
import { EndlessList } from "@/ui/EndlessList";
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

/** An endless list of posts; only what is near the screen is in the document. */
export function PostFeed({ listKey, read, empty, pinned = [], live = false }: PostFeedProps) {
  const list = usePostList(listKey, read, { staleTime: live ? Number.POSITIVE_INFINITY : 30_000 });
  // Fixed for the life of this list: the address already changes while the next page is still loading.
  const router = useRouter();
  const [visit] = useState(() => {
    const { state, href } = router.state.location;
    return `${state.__TSR_key ?? href}:${listKey.join()}`;
  });
  const ids = list.ids.filter((id) => !pinned.includes(id));

  if (list.isPending) return <Skeleton kind="post" count={5} />;
  if (list.error && list.ids.length === 0)
    return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (ids.length === 0 && pinned.length === 0) return empty;
  return (
    <>
      {pinned.map((id) => (
        <PostCard key={id} id={id} pinned />
      ))}
      <EndlessList ids={ids} pages={list} kind="post" visit={visit} row={(id) => <PostCard id={id} />} />
    </>
  );
}
