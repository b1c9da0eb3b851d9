import { X } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, useState } from "react";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { Ring } from "@/ui/Ring";
import { Sheet } from "@/ui/Sheet";
import type { Attachment, useUploads } from "./useUploads";

type AttachmentsProps = { uploads: ReturnType<typeof useUploads> };

/** What is attached, as it will look, with how far it is and a way to describe it. */
export default function Attachments({ uploads }: AttachmentsProps) {
  const [editing, setEditing] = useState<string | null>(null);
  const edited = uploads.list.find((one) => one.key === editing);
  return (
    <>
      <div className={uploads.list.length === 1 ? "attached one" : "attached"}>
        {uploads.list.map((one) => (
          <div key={one.key} className="attachment">
            <Preview attachment={one} />
            {one.state === "ready" && (
              <button type="button" className="describe" onClick={() => setEditing(one.key)}>
                {one.description ? t.compose.described : t.compose.describe}
              </button>
            )}
            {one.state !== "ready" && (
              <div className="busy" role="status">
                {one.state === "failed" ? (
                  (one.error ?? t.compose.failed)
                ) : (
                  <>
                    <Ring share={one.progress} label={t.compose.uploading} />
                    {one.state === "uploading"
                      ? `${t.compose.uploading} ${Math.round(one.progress * 100)}%`
                      : t.compose.preparing}
                  </>
                )}
              </div>
            )}
            <IconButton
              className="remove"
              label={t.compose.removeMedia}
              onClick={() => uploads.remove(one.key)}
            >
              <X className="i" />
            </IconButton>
          </div>
        ))}
      </div>
      {edited && (
        <Describe
          attachment={edited}
          onChange={(part) => uploads.change(edited.key, part)}
          onClose={() => setEditing(null)}
        />
      )}
    </>
  );
}

function Preview({ attachment: { kind, preview, description, focus } }: { attachment: Attachment }) {
  if (kind === "image") {
    return (
      <img
        src={preview}
        alt={description}
        style={{ objectPosition: `${50 + focus.x * 50}% ${50 - focus.y * 50}%` }}
      />
    );
  }
  if (kind === "video") return <video src={preview} muted playsInline aria-label={t.post.video} />;
  return <p className="p-4 font-semibold">{t.post.audio}</p>;
}

type DescribeProps = {
  attachment: Attachment;
  onChange: (part: Partial<Attachment>) => void;
  onClose: () => void;
};

function Describe({ attachment, onChange, onClose }: DescribeProps) {
  const { focus } = attachment;
  const clamp = (value: number) => Math.max(-1, Math.min(1, value));
  const point = (event: MouseEvent<HTMLButtonElement>) => {
    // Enter and space also click, without a place; the arrows are for them.
    if (event.detail === 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    onChange({
      focus: {
        x: clamp(((event.clientX - box.left) / box.width) * 2 - 1),
        y: clamp(1 - ((event.clientY - box.top) / box.height) * 2),
      },
    });
  };
  const nudge = (event: KeyboardEvent) => {
    const by = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[
      event.key
    ];
    if (!by) return;
    event.preventDefault();
    onChange({ focus: { x: clamp(focus.x + (by[0] ?? 0)), y: clamp(focus.y + (by[1] ?? 0)) } });
  };
  return (
    <Sheet open onClose={onClose} title={t.compose.describeTitle}>
      <div className="sheet-pad grid gap-4">
        {attachment.kind === "image" && (
          <>
            <button
              type="button"
              className="focus-point"
              aria-label={t.compose.focusPoint}
              onClick={point}
              onKeyDown={nudge}
            >
              <img src={attachment.preview} alt="" />
              <span
                className="focus-dot"
                style={{ left: `${50 + focus.x * 50}%`, top: `${50 - focus.y * 50}%` }}
              />
            </button>
            <p className="text-small text-faint">{t.compose.focusHint}</p>
          </>
        )}
        <textarea
          className="input"
          rows={4}
          dir="auto"
          maxLength={1500}
          aria-label={t.compose.describeTitle}
          placeholder={t.compose.describeHint}
          value={attachment.description}
          onChange={(event) => onChange({ description: event.target.value })}
        />
        <Button className="justify-self-end" onClick={onClose}>
          {t.app.save}
        </Button>
      </div>
    </Sheet>
  );
}
