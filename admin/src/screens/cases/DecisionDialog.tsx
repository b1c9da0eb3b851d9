import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from "@mui/material";
import { type ReactNode, useId } from "react";
import { t } from "~/text";
import { RefusalLine } from "~/ui/RefusalLine";

type DecisionDialogProps = { title: string; children: ReactNode; onClose: () => void };

/** A decision that is made away from its case: about somebody, or about many at once. */
export function DecisionDialog({ title, children, onClose }: DecisionDialogProps) {
  const id = useId();
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id} component="h2">
        {title}
      </DialogTitle>
      <DialogContent>
        {children}
        <RefusalLine />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t.app.cancel}</Button>
      </DialogActions>
    </Dialog>
  );
}
