import { Ban, Trash2 } from "lucide-react";
import type { ChatMessage } from "@/api/types";
import { t } from "@/text";
import { RichText } from "@/text/RichText";
import { LinkedPost } from "./LinkedPost";
import { MessageMedia } from "./MessageMedia";
import { ReplyQuote } from "./ReplyQuote";
import type { Row } from "./rows";

type BubbleProps = {
  row: Row;
  /** Said above it, in a group. */
  named: string | null;
  known: readonly ChatMessage[];
  onGoTo: (number: number) => void;
};

const onlyEmoji = /^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\s){1,12}$/u;

/** What was said. */
export function Bubble({ row, named, known, onGoTo }: BubbleProps) {
  const name = named !== null && (
    <b className="bubble-name">
      <bdi>{named}</bdi>
    </b>
  );
  if (row.kind === "waiting") {
    const { text, media, replyTo } = row.waiting;
    return (
      <div className={`bubble unsent ${bare(text) && media.length === 0 ? "big" : ""}`}>
        {replyTo && <ReplyQuote to={replyTo} chat={row.waiting.chatId} known={known} onGoTo={onGoTo} />}
        <MessageMedia media={media} author={row.by} />
        {text && (
          <p className="bubble-text plain" dir="auto">
            {text}
          </p>
        )}
      </div>
    );
  }
  const { message } = row;
  if (message.deleted || message.withheld)
    return (
      <div className="bubble hollow">
        {name}
        <p className="bubble-text">
          {message.deleted ? <Trash2 className="i" /> : <Ban className="i" />}
          {message.deleted ? t.chats.deleted : t.chats.withheld}
        </p>
      </div>
    );
  const media = message.media_attachments ?? [];
  const big = bare(message.content.replace(/<\/?p>/g, "")) && media.length === 0;
  return (
    <div className={`bubble ${big ? "big" : ""} ${media.length > 0 ? "with-media" : ""}`}>
      {name}
      {message.reply_to && (
        <ReplyQuote to={message.reply_to} chat={message.chat_id} known={known} onGoTo={onGoTo} />
      )}
      <MessageMedia media={media} author={message.account_id} />
      {message.content && <RichText html={message.content} className="bubble-text" />}
      {message.status && <LinkedPost id={message.status.id} />}
    </div>
  );
}

/** A few emoji and nothing else are drawn large. */
const bare = (text: string) => onlyEmoji.test(text) && /\p{Extended_Pictographic}/u.test(text);
