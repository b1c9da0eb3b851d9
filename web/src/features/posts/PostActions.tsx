import { Bookmark, Heart, MessageCircle, Repeat2, Share } from "lucide-react";
import type { ReactNode } from "react";
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
  return (
    <footer className={wide ? "actions wideacts" : "actions"}>
      <Act
        name="reply"
        label={t.post.reply(post.replies_count)}
        icon={<MessageCircle className="i" />}
        count={wide ? 0 : post.replies_count}
        onPress={signed(() => openComposer({ kind: "reply", post, account }))}
      />
      <Act
        name="share"
        label={closed ? t.post.shareNot : t.post.share(post.reblogs_count)}
        icon={<Repeat2 className="i" />}
        count={wide ? 0 : post.reblogs_count}
        on={Boolean(post.reblogged)}
        disabled={closed}
        onPress={signed(() => act.share(post))}
      />
      <Act
        name="like"
        label={t.post.like(post.favourites_count)}
        icon={<Heart className="i" />}
        count={wide ? 0 : post.favourites_count}
        on={Boolean(post.favourited)}
        onPress={signed(() => act.like(post))}
      />
      <Act
        name="bookmark"
        label={t.post.bookmark}
        icon={<Bookmark className="i" />}
        on={Boolean(post.bookmarked)}
        onPress={signed(() => act.bookmark(post))}
      />
      {wide && (
        <Act
          name="copy"
          label={t.post.copy}
          icon={<Share className="i" />}
          onPress={() => void act.copyLink(post)}
        />
      )}
    </footer>
  );
}

type ActProps = {
  name: "reply" | "share" | "like" | "bookmark" | "copy";
  label: string;
  icon: ReactNode;
  /** Shown beside the icon, unless there is nothing to count. */
  count?: number;
  /** Whether it is done; left out where pressing it again undoes nothing. */
  on?: boolean;
  disabled?: boolean;
  onPress: () => void;
};

const looks = { reply: "", share: "shared", like: "liked", bookmark: "kept", copy: "" };

function Act({ name, label, icon, count = 0, on, disabled, onPress }: ActProps) {
  return (
    <button
      type="button"
      className={on ? `act ${looks[name]}` : "act"}
      data-act={name}
      aria-label={label}
      aria-pressed={on}
      disabled={disabled}
      onClick={onPress}
    >
      {icon}
      {count > 0 && <span aria-hidden="true">{number(count)}</span>}
    </button>
  );
}
