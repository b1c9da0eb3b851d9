import { TextField } from "@mui/material";
import { type ReactNode, useState } from "react";
import { t } from "~/text";
import { FormDialog } from "./FormDialog";

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
  const submit = async () => {
    setBusy(true);
    try {
      await onGo(reason.trim());
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={title}
      go={go}
      danger={danger}
      held={busy || (needed && !reason.trim())}
      width="xs"
      onClose={onClose}
      onSubmit={submit}
    >
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
    </FormDialog>
  );
}
