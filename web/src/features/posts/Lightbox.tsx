import { Dialog } from "@base-ui/react/dialog";
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { t } from "@/text";
import { viewing } from "./viewer";

/** Pictures over the whole screen: arrows step, Escape closes, the description stands below. */
export function Lightbox() {
  const now = viewing.use();
  const media = now?.media[now.index];
  if (!now || !media) return null;
  const { index, media: all } = now;
  const step = (by: number) => {
    const next = index + by;
    if (all[next]) viewing.set({ media: all, index: next });
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
