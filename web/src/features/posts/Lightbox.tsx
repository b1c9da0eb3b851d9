import { Dialog } from "@base-ui/react/dialog";
import { ChevronLeft, ChevronRight, Flag, X } from "lucide-react";
import { useState } from "react";
import { useMe } from "@/app/useSession";
import { ReportSheet } from "@/features/moderation/ReportSheet";
import { t } from "@/text";
import { viewing } from "./viewer";

/** Pictures over the whole screen: arrows step, Escape closes, the description stands below, and whose they are can be reported. */
export function Lightbox() {
  const now = viewing.use();
  const me = useMe();
  const [reporting, setReporting] = useState(false);
  const media = now?.pictures[now.index];
  if (!now || !media) return null;
  if (reporting)
    return (
      <ReportSheet open account={now.account} statusId={now.statusId} onClose={() => viewing.set(null)} />
    );
  const { index, account } = now;
  const all = now.pictures;
  const step = (by: number) => {
    const next = index + by;
    if (all[next]) viewing.set({ ...now, index: next });
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && viewing.set(null)}>
      <Dialog.Portal>
        <Dialog.Popup
          className="lightbox"
          aria-label={t.media.view}
          onKeyDown={(event) => {
            if (event.key === "ArrowRight") step(1);
            if (event.key === "ArrowLeft") step(-1);
          }}
        >
          <div className="lightbox-bar">
            <span aria-live="polite">{all.length > 1 ? t.media.of(index + 1, all.length) : ""}</span>
            {me && me.id !== account.id && now.statusId && (
              <button
                type="button"
                className="icon-button"
                aria-label={t.report.openPost}
                onClick={() => setReporting(true)}
              >
                <Flag className="i" />
              </button>
            )}
            <Dialog.Close className="icon-button" aria-label={t.app.close}>
              <X className="i" />
            </Dialog.Close>
          </div>
          <figure>
            <div className="lightbox-stage">
              {all.length > 1 && (
                <button
                  type="button"
                  className="icon-button"
                  aria-label={t.media.previous}
                  disabled={index === 0}
                  onClick={() => step(-1)}
                >
                  <ChevronLeft className="i" />
                </button>
              )}
              <img key={media.id} src={media.url ?? media.preview_url ?? ""} alt={media.description ?? ""} />
              {all.length > 1 && (
                <button
                  type="button"
                  className="icon-button"
                  aria-label={t.media.next}
                  disabled={index === all.length - 1}
                  onClick={() => step(1)}
                >
                  <ChevronRight className="i" />
                </button>
              )}
            </div>
            <figcaption className="lightbox-alt" dir="auto">
              {media.description || t.media.noAlt}
            </figcaption>
          </figure>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
