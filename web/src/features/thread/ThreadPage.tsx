import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { statuses } from "@/api/endpoints";
import { PageHead } from "@/app/PageHead";
import { useMe } from "@/app/useSession";
import { keepStatuses, keys, postOf } from "@/entities/cache";
import { useAccount, usePost } from "@/entities/hooks";
import { Composer } from "@/features/composer/Composer";
import { looked } from "@/features/insight/looks";
import { PostCard } from "@/features/posts/PostCard";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { FocusPost } from "./FocusPost";

export function ThreadPage() {
  const { id } = useParams({ from: "/shell/@{$handle}/$id" });
  return (
    <>
      <PageHead title={t.post.thread} />
      <Thread key={id} id={id} />
    </>
  );
}

function Thread({ id }: { id: string }) {
  const me = useMe();
  const cache = useQueryClient();
  const post = usePost(id);
  const { data: account } = useAccount(post.data?.accountId ?? "");
  const context = useQuery({
    queryKey: keys.thread(id),
    queryFn: async () => {
      const { ancestors, descendants } = await statuses.context(id);
      return { ancestors: keepStatuses(cache, ancestors), descendants: keepStatuses(cache, descendants) };
    },
  });
  // What is not there, or not theirs, was not opened.
  const there = post.data?.id;
  useEffect(() => {
    if (there) looked("viewed", there);
  }, [there]);
  // Ancestors push the post down when they arrive; it is brought back to the eye, once.
  const place = useRef<HTMLDivElement>(null);
  const above = context.data?.ancestors.length ?? 0;
  useEffect(() => {
    if (above > 0) place.current?.scrollIntoView({ block: "start" });
  }, [above]);

  if (post.error) return <ErrorState error={post.error} onRetry={() => void post.refetch()} />;
  if (!post.data || !account) return <Skeleton kind="post" count={3} />;
  const shown = post.data;
  const replies = context.data?.descendants ?? [];
  return (
    <>
      {context.data?.ancestors.map((one) => (
        <PostCard key={one} id={one} look="ancestor" />
      ))}
      <div ref={place} className="scroll-mt-16">
        <FocusPost post={shown} account={account} />
      </div>
      {me && <Composer purpose={{ kind: "reply", post: shown, account }} place="reply" />}
      <h2 className="sr-only">{t.post.replies}</h2>
      {context.isPending && <Skeleton kind="post" count={2} />}
      {context.error && <ErrorState error={context.error} onRetry={() => void context.refetch()} />}
      {context.data && replies.length === 0 && (
        <EmptyState title={t.post.noReplies} body={t.post.noRepliesBody} />
      )}
      {replies.map((one) => (
        <PostCard
          key={one}
          id={one}
          look={postOf(cache, one)?.in_reply_to_id === id ? undefined : "nested"}
        />
      ))}
      <div className="h-[40dvh]" />
    </>
  );
}
