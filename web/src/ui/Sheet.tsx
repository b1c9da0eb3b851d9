import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, type RefObject, useRef } from "react";
import { t } from "@/text";
import { Scroller } from "./EndlessList";

type SheetProps = {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** On the phone it takes the whole screen. */
  full?: boolean;
  focusFirst?: RefObject<HTMLElement | null>;
};

/** A dialog in the middle of a desk, a sheet from below on a phone. */
export function Sheet({ open, onClose, title, children, full = false, focusFirst }: SheetProps) {
  const body = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className={full ? "sheet full" : "sheet"} initialFocus={focusFirst}>
          <div className="sheet-head">
            <Dialog.Title render={<h2 />}>{title}</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label={t.app.close}>
              <X className="i" />
            </Dialog.Close>
          </div>
          <div className="sheet-body" ref={body}>
            <Scroller value={body}>{children}</Scroller>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
