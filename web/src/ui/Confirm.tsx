import { t } from "@/text";
import { Button } from "./Button";
import { Sheet } from "./Sheet";

type ConfirmProps = {
  open: boolean;
  title: string;
  body: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks once before something that cannot be undone. */
export function Confirm({ open, title, body, action, onConfirm, onClose }: ConfirmProps) {
  return (
    <Sheet open={open} onClose={onClose} title={title}>
      <div className="sheet-pad grid gap-5">
        <p className="text-soft">{body}</p>
        <div className="flex justify-end gap-2">
          <Button look="ghost" onClick={onClose}>
            {t.app.cancel}
          </Button>
          <Button
            look="danger"
            onClick={() => {
              onClose();
              onConfirm();
            }}
          >
            {action}
          </Button>
        </div>
      </div>
    </Sheet>
  );
}
