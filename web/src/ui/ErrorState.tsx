import { ApiError } from "@/api/errors";
import { t } from "@/text";
import { Button } from "./Button";
import { explain } from "./explain";

type ErrorStateProps = { error: unknown; onRetry: () => void };

export function ErrorState({ error, onRetry }: ErrorStateProps) {
  const id = error instanceof ApiError && error.status >= 500 ? error.requestId : undefined;
  return (
    <div className="state" role="alert">
      <h2>{t.errors.title}</h2>
      <p>{explain(error)}</p>
      {id && <p className="text-small text-faint">{t.errors.request(id)}</p>}
      <Button look="ghost" onClick={onRetry}>
        {t.app.retry}
      </Button>
    </div>
  );
}
