import { Link, useNavigate } from "@tanstack/react-router";
import { Pin, Repeat2 } from "lucide-react";
import type { MouseEvent, ReactNode } from "react";
import { isStatus } from "@/api/errors";
import type { Account } from "@/api/types";
import { useMe } from "@/app/useSession";
import { useAccount, usePost } from "@/entities/hooks";
import { useWatching } from "@/entities/watching";
import { useSeen } from "@/features/insight/useSeen";
import { Portrait } from "@/features/people/Portrait";
import { apart, t } from "@/text";
import { shortTime } from "@/text/time";
import { Skeleton } from "@/ui/Skeleton";
import { useBothRefs } from "@/ui/useBothRefs";
import { AudienceIcon } from "./AudienceIcon";
import { PostActions } from "./PostActions";
import { PostContent } from "./PostContent";
import { PostMenu } from "./PostMenu";
import { openViewer } from "./viewer";

type PostCardProps = { id: string; look?: "ancestor" | "nested"; pinned?: boolean };

/** A post in a list. A share shows the post itself, with who shared it above. */
export function PostCard({ id, look, pinned = false }: PostCardProps) {
  const { data: outer, error } = usePost(id);
  if (error) return isStatus(error, 404) ? null : <p className="post text-faint">{t.post.missing}</p>;
  if (!outer) return <Skeleton kind="post" />;
  if (outer.sharedId) {
    return <Inner id={outer.sharedId} why={<Sharer id={outer.accountId} />} look={look} />;
  }
  const why = pinned ? (
    <p className="why">
      <Pin className="i" /> {t.post.pinned}
    </p>
  ) : null;
  return <Inner id={id} why={why} look={look} />;
}

function Sharer({ id }: { id: string }) {
  const { data: account } = useAccount(id);
  if (!account) return null;
  return (
    <p className="why">
      <Repeat2 className="i" />
      <Link to="/@{$handle}" params={{ handle: account.acct }}>
        {t.post.shared(apart(nameOf(account)))}
      </Link>
    </p>
  );
}

export const nameOf = (account: Account) => account.display_name || account.username;

type InnerProps = { id: string; why: ReactNode; look: PostCardProps["look"] };

function Inner({ id, why, look }: InnerProps) {
  const { data: post } = usePost(id);
  const { data: account } = useAccount(post?.accountId ?? "");
  const navigate = useNavigate();
  const mine = useMe()?.id === account?.id;
  const seen = useBothRefs(useSeen(mine ? null : id), useWatching(id));
  if (!post || !account) return <Skeleton kind="post" />;

  const open = () => void navigate({ to: "/@{$handle}/$id", params: { handle: account.acct, id } });
  // The whole row opens the post for a pointer; by keyboard its time is the link, and Enter on the row.
  const onClick = (event: MouseEvent<HTMLElement>) => {
    const target = event.target;
    if (!(target instanceof Element) || target.closest("a,button,video,audio,input,textarea,[role=menuitem]"))
      return;
    if (!event.currentTarget.contains(target) || window.getSelection()?.toString()) return;
    open();
  };
  const person = { handle: account.acct };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a row is one of the app's shortcuts.
    <article
      ref={seen}
      className={`post ${look ?? ""}`}
      tabIndex={0}
      data-post={id}
      aria-label={`${nameOf(account)}, ${shortTime(post.created_at)}`}
      onClick={onClick}
    >
      {why}
      <div className="row">
        <Link to="/@{$handle}" params={person} tabIndex={-1} aria-hidden="true">
          <Portrait account={account} />
        </Link>
        <div className="body">
          <header className="post-head">
            <Link to="/@{$handle}" params={person} className="name">
              <bdi>{nameOf(account)}</bdi>
            </Link>
            <span className="handle">@{account.acct}</span>
            <span className="dot" aria-hidden="true">
              ·
            </span>
            <Link to="/@{$handle}/$id" params={{ ...person, id }} className="when">
              <time dateTime={post.created_at}>{shortTime(post.created_at)}</time>
              {post.edited_at && ` (${t.post.edited})`}
            </Link>
            <AudienceIcon audience={post.visibility} />
            <PostMenu post={post} account={account} />
          </header>
          <PostContent post={post} onOpenMedia={(index) => openViewer(post, account, index)} />
          <PostActions post={post} account={account} />
        </div>
      </div>
    </article>
  );
}
