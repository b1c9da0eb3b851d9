import { useState } from "react";
import type { Post } from "@/entities/cache";
import { looked } from "@/features/insight/looks";
import { t } from "@/text";
import { RichText } from "@/text/RichText";
import { Button } from "@/ui/Button";
import { LinkCard } from "./LinkCard";
import { PostMedia } from "./PostMedia";

type PostContentProps = { post: Post; large?: boolean; onOpenMedia: (index: number) => void };

const long = 1400;

/** Text and media, behind the content warning if there is one. */
export function PostContent({ post, large = false, onOpenMedia }: PostContentProps) {
  const [open, setOpen] = useState(false);
  const [whole, setWhole] = useState(large);
  const warned = post.spoiler_text !== "";
  const tooLong = post.content.length > long;
  const text = ["text", large && "large", tooLong && !whole && "clamped"].filter(Boolean).join(" ");
  return (
    <>
      {warned && (
        <div className="cw">
          <p dir="auto">{post.spoiler_text}</p>
          <Button look="ghost" small aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? t.app.hide : t.app.show}
          </Button>
        </div>
      )}
      {(!warned || open) && (
        <>
          {post.content && (
            <div lang={post.language ?? undefined}>
              <RichText
                html={post.content}
                mentions={post.mentions}
                emojis={post.emojis}
                className={text}
                onFollowLink={() => looked("opened", post.id)}
              />
            </div>
          )}
          {tooLong && !large && (
            <button type="button" className="linkish" onClick={() => setWhole(!whole)}>
              {whole ? t.post.showLess : t.post.showMore}
            </button>
          )}
          {post.card && post.media_attachments.length === 0 && <LinkCard card={post.card} />}
          {post.media_attachments.length > 0 && (
            <PostMedia
              media={post.media_attachments}
              sensitive={post.sensitive && !warned}
              onOpen={onOpenMedia}
              onWatch={() => looked("viewed", post.id)}
            />
          )}
        </>
      )}
    </>
  );
}
