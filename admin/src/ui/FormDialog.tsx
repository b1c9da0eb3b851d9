import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from "@mui/material";
import { type FormEvent, type ReactNode, useId } from "react";
import { t } from "~/text";
import { RefusalLine } from "./RefusalLine";

type FormDialogProps = {
  title: string;
  go: string;
  /** Nothing can be sent now. */
  held?: boolean;
  danger?: boolean;
  width?: "xs" | "sm";
  /** Beside what sends the form. */
  others?: ReactNode;
  children: ReactNode;
  onClose: () => void;
  onSubmit: () => unknown;
};

/** A question of the panel: its fields, what is refused, and the way out. */
export function FormDialog({
  title,
  go,
  held = false,
  danger = false,
  width = "sm",
  others,
  children,
  onClose,
  onSubmit,
}: FormDialogProps) {
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void onSubmit();
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth={width} aria-labelledby={id}>
      <form onSubmit={submit}>
        <DialogTitle id={id} component="h2">
          {title}
        </DialogTitle>
        <DialogContent className="form">
          {children}
          <RefusalLine />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t.app.cancel}</Button>
          {others}
          <Button type="submit" variant="contained" color={danger ? "error" : "primary"} disabled={held}>
            {go}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
