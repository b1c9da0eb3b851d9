import { CloudUpload } from "lucide-react";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { sayError } from "@/ui/toast";
import { again, discard, outbox, type Waiting } from "./outbox";

/** What was written without a connection and waits; nothing when nothing does. */
export function OutboxList() {
  const waiting = outbox.use();
  if (waiting.length === 0) return null;
  return (
    <section className="outbox" aria-label={t.compose.outbox}>
      <h2 className="sr-only">{t.compose.outbox}</h2>
      {waiting.map((one) => (
        <WaitingRow key={one.key} post={one} />
      ))}
    </section>
  );
}

function WaitingRow({ post: { key, draft, refused } }: { post: Waiting }) {
  return (
    <article className="waiting">
      <CloudUpload className="i" />
      <div className="min-w-0">
        <p dir="auto" className="whitespace-pre-line">
          {draft.spoiler_text || draft.status || t.post.picture}
        </p>
        <p className={refused ? "text-small text-danger" : "text-small text-faint"}>
          {refused ?? t.compose.waits}
        </p>
      </div>
      <span className="flex gap-2">
        {refused && (
          <Button small onClick={() => void again(key).catch(sayError)}>
            {t.app.retry}
          </Button>
        )}
        <Button look="ghost" small onClick={() => void discard(key).catch(sayError)}>
          {t.compose.discard}
        </Button>
      </span>
    </article>
  );
}
