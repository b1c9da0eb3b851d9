// The one component that renders what the server rendered. It never hands HTML to the document: a small
// reader walks the text, keeps a short list of elements and attributes, and builds React elements. What it
// does not know becomes plain text, so nothing a person writes can become script, style or form.
import { Link } from "@tanstack/react-router";
import { createElement, type ReactNode } from "react";
import { type Piece, readHtml } from "./readHtml";
import type { CustomEmoji, Mention } from "./richTypes";

type RichTextProps = {
  html: string;
  mentions?: readonly Mention[];
  emojis?: readonly CustomEmoji[];
  className?: string;
  /** A link that leads out of here was followed. */
  onFollowLink?: () => void;
};

export function RichText({
  html,
  mentions = [],
  emojis = [],
  className = "text",
  onFollowLink,
}: RichTextProps) {
  return (
    <div className={className} dir="auto">
      {render(readHtml(html), mentions, emojis, onFollowLink)}
    </div>
  );
}

function render(
  pieces: Piece[],
  mentions: readonly Mention[],
  emojis: readonly CustomEmoji[],
  onFollowLink?: () => void,
): ReactNode[] {
  return pieces.map((piece, index) => {
    const key = String(index);
    if (piece.kind === "text") return withEmojis(piece.text, emojis, key);
    const inside = render(piece.inside, mentions, emojis, onFollowLink);
    if (piece.tag === "br") return <br key={key} />;
    if (piece.tag === "a") {
      const to = within(piece.href, piece.classes, mentions);
      if (to) {
        return (
          <Link key={key} to={to}>
            {inside}
          </Link>
        );
      }
      return (
        <a
          key={key}
          href={piece.href}
          target="_blank"
          rel="nofollow noopener noreferrer"
          onClick={onFollowLink}
          // The middle button opens it, too; the right one only asks.
          onAuxClick={(event) => event.button === 1 && onFollowLink?.()}
        >
          {inside}
        </a>
      );
    }
    // Mastodon hides the ends of long links with these two classes.
    if (piece.classes.includes("invisible"))
      return (
        <span key={key} className="sr-only">
          {inside}
        </span>
      );
    if (piece.classes.includes("ellipsis"))
      return (
        <span key={key}>
          {inside}
          <span aria-hidden="true">…</span>
        </span>
      );
    return createElement(piece.tag, { key }, ...inside);
  });
}

/** A mention or a tag opens here, not on the page it links to. */
function within(href: string, classes: string, mentions: readonly Mention[]): string | null {
  if (classes.includes("hashtag")) {
    const tag = /\/tags\/([^/?#]+)/.exec(href)?.[1];
    return tag ? `/tags/${tag}` : null;
  }
  if (classes.includes("mention")) {
    const mention = mentions.find((one) => one.url === href);
    const handle = mention?.acct ?? /\/@([^/?#]+)$/.exec(href)?.[1];
    return handle ? `/@${handle}` : null;
  }
  return null;
}

function withEmojis(text: string, emojis: readonly CustomEmoji[], key: string): ReactNode {
  if (emojis.length === 0 || !text.includes(":")) return text;
  const parts = text.split(/:([\w]+):/);
  return parts.map((part, index) => {
    if (index % 2 === 0) return part;
    const emoji = emojis.find((one) => one.shortcode === part);
    if (!emoji) return `:${part}:`;
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move.
    return <img key={`${key}.${index}`} className="emoji" src={emoji.url} alt={`:${part}:`} />;
  });
}
