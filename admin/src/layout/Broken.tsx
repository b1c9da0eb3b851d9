import { Button } from "@mui/material";
import { t } from "~/text";
import { Empty } from "~/ui/Empty";

type BrokenProps = { error: Error; resetErrorBoundary: (reason: Error) => void };

/** A place that could not be drawn; the others still can. */
export function Broken({ error, resetErrorBoundary }: BrokenProps) {
  return (
    <div className="sheet" role="alert">
      <Empty title={t.errors.title} says={t.errors.broken}>
        <Button variant="outlined" onClick={() => resetErrorBoundary(error)}>
          {t.app.retry}
        </Button>
      </Empty>
    </div>
  );
}
