import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, TextField } from "@mui/material";
import { type FormEvent, useState, useSyncExternalStore } from "react";
import { giveUp, isAsked, onAsked, prove } from "~/api/stepUp";
import { t } from "~/text";
import { explain } from "~/ui/explain";

/** Asks for the password where a call waits for it; the call goes on by itself after. */
export function StepUpDialog() {
  const asked = useSyncExternalStore(onAsked, isAsked);
  return asked ? <Asking /> : null;
}

function Asking() {
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // The form lies over another one, in React's tree too.
    event.stopPropagation();
    setBusy(true);
    try {
      await prove(password);
    } catch (error) {
      setWrong(explain(error));
      setPassword("");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={giveUp} fullWidth maxWidth="xs" aria-labelledby="step-up-title">
      <form onSubmit={submit}>
        <DialogTitle id="step-up-title" component="h2">
          {t.stepUp.title}
        </DialogTitle>
        <DialogContent className="form">
          <p className="soft">{t.stepUp.says}</p>
          {wrong && <Alert severity="error">{wrong}</Alert>}
          <TextField
            label={t.stepUp.password}
            type="password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoComplete="current-password"
            autoFocus
            required
            fullWidth
            slotProps={{ inputLabel: { required: false } }}
          />
        </DialogContent>
        <DialogActions>
          <Button onClick={giveUp}>{t.stepUp.cancel}</Button>
          <Button type="submit" variant="contained" disabled={busy || password === ""}>
            {t.stepUp.go}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
