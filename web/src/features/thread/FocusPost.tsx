import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { statuses } from "@/api/endpoints";
import type { Account } from "@/api/types";
import { useMe } from "@/app/useSession";
import { keys, type Post } from "@/entities/cache";
import { useWatching } from "@/entities/watching";
import { InsightLine } from "@/features/insight/InsightLine";
import { useSeen } from "@/features/insight/useSeen";
import { FollowButton } from "@/features/people/FollowButton";
import { PersonList } from "@/features/people/PersonList";
import { Portrait } from "@/features/people/Portrait";
import { AudienceIcon } from "@/features/posts/AudienceIcon";
import { PostActions } from "@/features/posts/PostActions";
import { nameOf } from "@/features/posts/PostCard";
import { PostContent } from "@/features/posts/PostContent";
import { PostMenu } from "@/features/posts/PostMenu";
import { openViewer } from "@/features/posts/viewer";
import { t } from "@/text";
import { number } from "@/text/plural";
import { fullTime } from "@/text/time";
import { Sheet } from "@/ui/Sheet";
import { useBothRefs } from "@/ui/useBothRefs";
import { History } from "./History";

type FocusPostProps = { post: Post; account: Account };

/** The post that the page is about: large, with its full date and its counts in words. */
export function FocusPost({ post, account }: FocusPostProps) {
  const [sheet, setSheet] = useState<"likes" | "shares" | "history" | null>(null);
  const close = () => setSheet(null);
  const mine = useMe()?.id === account.id;
  const seen = useBothRefs(useSeen(mine ? null : post.id), useWatching(post.id));
  return (
    <article ref={seen} className="focus" data-focus-post={post.id} aria-label={nameOf(account)}>
      <header className="focus-head">
        <Portrait account={account} />
        <Link to="/@{$handle}" params={{ handle: account.acct }} className="stack flex-1">
          <bdi className="name">{nameOf(account)}</bdi>
          <span className="handle">@{account.acct}</span>
        </Link>
        <FollowButton account={account} small post={post.id} />
        <PostMenu post={post} account={account} />
      </header>
      <PostContent post={post} large onOpenMedia={(index) => openViewer(post, account, index)} />
      <p className="full-date">
        <time dateTime={post.created_at}>{fullTime(post.created_at)}</time>
        <span aria-hidden="true">·</span>
        <AudienceIcon audience={post.visibility} words />
        {t.audience[post.visibility]}
        {post.edited_at && (
          <>
            <span aria-hidden="true">·</span>
            <button type="button" onClick={() => setSheet("history")}>
              {t.post.edited}
            </button>
          </>
        )}
      </p>
      {(post.reblogs_count > 0 || post.favourites_count > 0) && (
        <p className="nums line">
          {post.reblogs_count > 0 && (
            <button type="button" onClick={() => setSheet("shares")}>
              <b>{number(post.reblogs_count)}</b> {t.post.shares(post.reblogs_count)}
            </button>
          )}
          {post.favourites_count > 0 && (
            <button type="button" onClick={() => setSheet("likes")}>
              <b>{number(post.favourites_count)}</b> {t.post.likes(post.favourites_count)}
            </button>
          )}
        </p>
      )}
      {mine && <InsightLine id={post.id} />}
      <PostActions post={post} account={account} wide />
      <Sheet open={sheet === "likes"} onClose={close} title={t.post.likedBy}>
        <PersonList
          listKey={keys.list("liked", post.id)}
          read={statuses.likedBy(post.id)}
          empty={<p className="state">{t.post.nobodyLiked}</p>}
        />
      </Sheet>
      <Sheet open={sheet === "shares"} onClose={close} title={t.post.sharedBy}>
        <PersonList
          listKey={keys.list("shared", post.id)}
          read={statuses.sharedBy(post.id)}
          empty={<p className="state">{t.post.nobodyShared}</p>}
        />
      </Sheet>
      <Sheet open={sheet === "history"} onClose={close} title={t.post.history}>
        <History id={post.id} />
      </Sheet>
    </article>
  );
}
