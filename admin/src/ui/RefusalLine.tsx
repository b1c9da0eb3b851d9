import { Alert } from "@mui/material";
import { useEffect, useSyncExternalStore } from "react";
import { lastRefusal, listens, onRefusal } from "./refusals";

/** In a dialog: what was refused there. The region is there before its words, so that they are read. */
export function RefusalLine() {
  useEffect(listens, []);
  const said = useSyncExternalStore(onRefusal, lastRefusal);
  return (
    <div role="alert">
      {said && (
        <Alert severity="error" role="none">
          {said}
        </Alert>
      )}
    </div>
  );
}
