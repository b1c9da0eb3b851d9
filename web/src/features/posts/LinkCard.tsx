import { Globe } from "lucide-react";
import type { PreviewCard } from "@/api/types";

type LinkCardProps = { card: PreviewCard; small?: boolean };

/** What a linked page says about itself: with its picture, or on one line without. */
export function LinkCard({ card, small = false }: LinkCardProps) {
  const wide = !small && card.image && card.width >= 1.25 * card.height && card.width >= 400;
  return (
    <a
      href={card.url}
      className={`link-card ${wide ? "wide-picture" : ""}`}
      target="_blank"
      rel="noopener noreferrer nofollow"
      lang={card.language ?? undefined}
    >
      {card.image ? (
        <img
          src={card.image}
          alt={card.image_description}
          width={card.width}
          height={card.height}
          loading="lazy"
        />
      ) : (
        <span className="no-picture">
          <Globe className="i" />
        </span>
      )}
      <span className="link-words">
        <span className="link-site">
          {[card.provider_name, card.author_name].filter(Boolean).join(" · ")}
        </span>
        <b dir="auto">{card.title}</b>
        {!small && card.description && (
          <span className="link-about" dir="auto">
            {card.description}
          </span>
        )}
      </span>
    </a>
  );
}
