import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { timelines } from "@/api/endpoints";
import type { Account } from "@/api/types";
import { keys, postOf } from "@/entities/cache";
import { usePostList } from "@/entities/hooks";
import { Tile } from "@/features/posts/PostMedia";
import { openViewer } from "@/features/posts/viewer";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";

type MediaGridProps = { account: Account };

/** Pictures and films of one person, three in a row. A film opens its post, where it plays. */
export function MediaGrid({ account }: MediaGridProps) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const list = usePostList(
    keys.list("account", account.id, "media"),
    timelines.account(account.id, { only_media: true }),
  );
  if (list.isPending) return <Skeleton kind="post" count={2} />;
  if (list.error && list.ids.length === 0)
    return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (list.ids.length === 0) return <EmptyState title={t.feed.emptyMedia} body={t.feed.emptyProfileBody} />;
  return (
    <>
      <div className="grid3">
        {list.ids.flatMap((id) => {
          const post = postOf(cache, id);
          const hidden = post?.sensitive;
          return (post?.media_attachments ?? []).map((media, index) => (
            <Tile
              key={media.id}
              media={hidden ? { ...media, preview_url: null, url: null } : media}
              onOpen={() => {
                if (post && media.type === "image" && !hidden) openViewer(post, account, index);
                else void navigate({ to: "/@{$handle}/$id", params: { handle: account.acct, id } });
              }}
            />
          ));
        })}
      </div>
      {list.hasNextPage && (
        <div className="grid place-items-center p-5">
          <Button look="ghost" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t.app.more}
          </Button>
        </div>
      )}
    </>
  );
}
