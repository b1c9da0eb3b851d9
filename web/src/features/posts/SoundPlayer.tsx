import { Pause, Play } from "lucide-react";
import { useRef, useState } from "react";
import type { MediaAttachment } from "@/api/types";
import { t } from "@/text";

const clock = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Plays a sound: a button, where it is, how long it is. */
export default function SoundPlayer({ media }: { media: MediaAttachment }) {
  const sound = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(media.meta?.original?.duration ?? 0);
  const toggle = () => {
    const it = sound.current;
    if (!it) return;
    if (it.paused) it.play().catch(() => setPlaying(false));
    else it.pause();
  };
  return (
    <div className="sound">
      {/* biome-ignore lint/a11y/useMediaCaption: what a person uploads has no caption file; its description is the label. */}
      <audio
        ref={sound}
        src={media.url ?? undefined}
        preload={length > 0 ? "none" : "metadata"}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setAt(0)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onLoadedMetadata={({ currentTarget: { duration } }) =>
          Number.isFinite(duration) && setLength(duration)
        }
      />
      <button
        type="button"
        className="sound-button"
        aria-label={`${playing ? t.post.pause : t.post.play}: ${media.description || t.post.audio}`}
        onClick={toggle}
      >
        {playing ? <Pause className="i" /> : <Play className="i" />}
      </button>
      <input
        type="range"
        min={0}
        max={Math.max(1, length)}
        step={0.1}
        value={at}
        aria-label={t.post.position}
        aria-valuetext={`${clock(at)} / ${clock(length)}`}
        onChange={(event) => {
          const to = Number(event.target.value);
          setAt(to);
          if (sound.current) sound.current.currentTime = to;
        }}
      />
      <span className="sound-time">{clock(playing || at > 0 ? at : length)}</span>
    </div>
  );
}
