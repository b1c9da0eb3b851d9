import { EyeOff } from "lucide-react";
import { type CSSProperties, lazy, Suspense, useRef, useState } from "react";
import type { MediaAttachment } from "@/api/types";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { Blurhash } from "./Blurhash";

const SoundPlayer = lazy(() => import("./SoundPlayer"));

type PostMediaProps = {
  media: readonly MediaAttachment[];
  sensitive: boolean;
  onOpen: (index: number) => void;
  /** A video played for three seconds. */
  onWatch: () => void;
};

const layout = ["", "one", "two", "three", "four"];

export function PostMedia({ media, sensitive, onOpen, onWatch }: PostMediaProps) {
  const [hidden, setHidden] = useState(sensitive);
  const [first] = media;
  if (!first) return null;
  const film = first.type === "video" || first.type === "audio" || first.type === "gifv";
  return (
    <div className={`media ${film ? "" : layout[Math.min(4, media.length)]}`}>
      {film ? (
        <Film media={first} onWatch={onWatch} />
      ) : (
        media
          .slice(0, 4)
          .map((one, index) => (
            <Tile key={one.id} media={one} alone={media.length === 1} onOpen={() => onOpen(index)} />
          ))
      )}
      {hidden && (
        <div className="hidden-media">
          <Button look="ghost" onClick={() => setHidden(false)}>
            {t.post.sensitive}: {t.post.showMedia}
          </Button>
        </div>
      )}
      {sensitive && !hidden && (
        <IconButton label={t.post.hideMedia} className="hide-media" onClick={() => setHidden(true)}>
          <EyeOff className="i" />
        </IconButton>
      )}
    </div>
  );
}

type TileProps = { media: MediaAttachment; alone?: boolean; onOpen: () => void };

/** One picture, cropped around its focal point; what is behind it shows until it has loaded. */
export function Tile({ media, alone = false, onOpen }: TileProps) {
  const [seen, setSeen] = useState(false);
  const { original, focus } = media.meta ?? {};
  const ratio = original?.width && original.height ? original.width / original.height : 4 / 3;
  const style: CSSProperties = alone ? { aspectRatio: Math.max(0.8, Math.min(2.4, ratio)) } : {};
  const x = 50 + (focus?.x ?? 0) * 50;
  const y = 50 - (focus?.y ?? 0) * 50;
  return (
    <button
      type="button"
      className="tile"
      style={style}
      onClick={onOpen}
      aria-label={t.post.openPicture(media.description || t.post.noAlt)}
    >
      {media.blurhash && !seen && <Blurhash hash={media.blurhash} />}
      <img
        src={media.preview_url ?? media.url ?? ""}
        alt=""
        loading="lazy"
        decoding="async"
        className={seen ? "seen" : ""}
        style={{ objectPosition: `${x}% ${y}%` }}
        ref={(image) => {
          if (image?.complete && image.naturalWidth > 0) setSeen(true);
        }}
        onLoad={() => setSeen(true)}
      />
      {media.description && <span className="alt" aria-hidden="true" />}
    </button>
  );
}

/** Seconds that were really played: who jumps has not seen what lies between. */
function playedSeconds(played: TimeRanges): number {
  return Array.from({ length: played.length }, (_, range) => played.end(range) - played.start(range)).reduce(
    (sum, length) => sum + length,
    0,
  );
}

/** A video with the browser's own player, or a sound with ours. */
export function Film({ media, onWatch }: { media: MediaAttachment; onWatch: () => void }) {
  const watched = useRef(false);
  if (!media.url) return <p className="note">{t.post.processing}</p>;
  if (media.type === "audio") {
    return (
      <Suspense fallback={<div className="sound" />}>
        <SoundPlayer media={media} />
      </Suspense>
    );
  }
  const { width, height } = media.meta?.original ?? {};
  return (
    // biome-ignore lint/a11y/useMediaCaption: what a person uploads has no caption file; its description is the label.
    <video
      controls
      playsInline
      preload="none"
      src={media.url}
      onTimeUpdate={({ currentTarget }) => {
        if (watched.current || playedSeconds(currentTarget.played) < 3) return;
        watched.current = true;
        onWatch();
      }}
      poster={media.preview_url ?? undefined}
      aria-label={media.description || t.post.video}
      style={width && height ? { aspectRatio: width / height } : { aspectRatio: 16 / 9 }}
    />
  );
}
