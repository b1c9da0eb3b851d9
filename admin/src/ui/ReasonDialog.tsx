import { Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { type FormEvent, type ReactNode, useState } from "react";
import { t } from "~/text";

type ReasonDialogProps = {
  title: string;
  says?: string;
  go: string;
  /** Whether the server wants a reason. */
  needed?: boolean;
  danger?: boolean;
  label?: string;
  children?: ReactNode;
  onClose: () => void;
  onGo: (reason: string) => Promise<unknown>;
};

/** Before what cannot be undone: what it does, and why it is done. */
export function ReasonDialog({
  title,
  says,
  go,
  needed = false,
  danger = false,
  label,
  children,
  onClose,
  onGo,
}: ReasonDialogProps) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await onGo(reason.trim());
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby="reason-title">
      <form onSubmit={submit}>
        <DialogTitle id="reason-title" component="h2">
          {title}
        </DialogTitle>
        <DialogContent className="form">
          {says && <p className="soft">{says}</p>}
          {children}
          <TextField
            label={label ?? t.app.reason}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            required={needed}
            autoFocus={!children}
            multiline
            minRows={2}
            slotProps={{ htmlInput: { maxLength: 1000 } }}
            fullWidth
          />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t.app.cancel}</Button>
          <Button
            type="submit"
            variant="contained"
            color={danger ? "error" : "primary"}
            disabled={busy || (needed && !reason.trim())}
          >
            {go}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
