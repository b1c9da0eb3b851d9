import { Link } from "@tanstack/react-router";
import { useAccount, usePost } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { t } from "@/text";
import { plainText } from "@/text/readHtml";
import { shortTime } from "@/text/time";
import { Avatar } from "@/ui/Avatar";

/** The post that a message links to, in short. */
export function LinkedPost({ id }: { id: string }) {
  const { data: post } = usePost(id);
  const { data: account } = useAccount(post?.accountId ?? "");
  if (!post || !account) return null;
  const [picture] = post.media_attachments;
  return (
    <Link
      to="/@{$handle}/$id"
      params={{ handle: account.acct, id }}
      className="linked-post"
      aria-label={`${t.chats.openPost}: ${nameOf(account)}`}
    >
      <span className="linked-head">
        <Avatar account={account} size="xs" />
        <b>
          <bdi>{nameOf(account)}</bdi>
        </b>
        <time dateTime={post.created_at}>{shortTime(post.created_at)}</time>
      </span>
      <span className="linked-text" dir="auto">
        {post.spoiler_text || plainText(post.content)}
      </span>
      {picture?.preview_url && !post.sensitive && (
        <img src={picture.preview_url} alt={picture.description ?? ""} loading="lazy" decoding="async" />
      )}
    </Link>
  );
}
