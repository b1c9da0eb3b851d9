import { Bookmark, Heart, MessageCircle, Repeat2, Share } from "lucide-react";
import type { Account } from "@/api/types";
import { useMe } from "@/app/useSession";
import type { Post } from "@/entities/cache";
import { openComposer } from "@/features/composer/open";
import { t } from "@/text";
import { number } from "@/text/plural";
import { say } from "@/ui/toast";
import { usePostActions } from "./mutations";

type PostActionsProps = { post: Post; account: Account; wide?: boolean };

export function PostActions({ post, account, wide = false }: PostActionsProps) {
  const me = useMe();
  const act = usePostActions();
  const mine = me?.id === account.id;
  const closed = post.visibility === "direct" || (post.visibility === "private" && !mine);
  /** Signed out, a press says what to do instead of failing. */
  const signed = (work: () => unknown) => () => (me ? void work() : void say(t.auth.pleaseSignIn));
  const count = (n: number) => (wide || n === 0 ? null : <span aria-hidden="true">{number(n)}</span>);
  return (
    <footer className={wide ? "actions wideacts" : "actions"}>
      <button
        type="button"
        className="act"
        data-act="reply"
        aria-label={t.post.reply(post.replies_count)}
        onClick={signed(() => openComposer({ kind: "reply", post, account }))}
      >
        <MessageCircle className="i" />
        {count(post.replies_count)}
      </button>
      <button
        type="button"
        className={post.reblogged ? "act shared" : "act"}
        data-act="share"
        aria-pressed={Boolean(post.reblogged)}
        aria-label={closed ? t.post.shareNot : t.post.share(post.reblogs_count)}
        disabled={closed}
        onClick={signed(() => act.share(post))}
      >
        <Repeat2 className="i" />
        {count(post.reblogs_count)}
      </button>
      <button
        type="button"
        className={post.favourited ? "act liked" : "act"}
        data-act="like"
        aria-pressed={Boolean(post.favourited)}
        aria-label={t.post.like(post.favourites_count)}
        onClick={signed(() => act.like(post))}
      >
        <Heart className="i" />
        {count(post.favourites_count)}
      </button>
      <button
        type="button"
        className={post.bookmarked ? "act kept" : "act"}
        data-act="bookmark"
        aria-pressed={Boolean(post.bookmarked)}
        aria-label={t.post.bookmark}
        onClick={signed(() => act.bookmark(post))}
      >
        <Bookmark className="i" />
      </button>
      {wide && (
        <button
          type="button"
          className="act"
          aria-label={t.post.copy}
          onClick={() => void act.copyLink(post)}
        >
          <Share className="i" />
        </button>
      )}
    </footer>
  );
}
