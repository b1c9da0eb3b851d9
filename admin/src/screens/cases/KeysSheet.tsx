import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from "@mui/material";
import { Fragment } from "react";
import { t } from "~/text";

const keys: [string[], keyof typeof t.cases.sheet][] = [
  [["j"], "next"],
  [["k"], "previous"],
  [["c"], "claim"],
  [["x"], "pick"],
  [["d"], "decide"],
  [["1", "…", "8"], "measure"],
  [["Ctrl", "Enter"], "send"],
  [["?"], "help"],
];

export function KeysSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} aria-labelledby="keys-title">
      <DialogTitle id="keys-title" component="h2">
        {t.cases.sheet.title}
      </DialogTitle>
      <DialogContent>
        <dl className="keys">
          {keys.map(([pressed, what]) => (
            <Fragment key={what}>
              <dt>
                {pressed.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{t.cases.sheet[what]}</dd>
            </Fragment>
          ))}
        </dl>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t.app.close}</Button>
      </DialogActions>
    </Dialog>
  );
}
