import { Clock3, TriangleAlert } from "lucide-react";
import { t } from "@/text";
import { discard, inFlight, retry, type Waiting } from "./outbox";

/** How it stands with a message that is not acknowledged. */
export function WaitingState({ waiting }: { waiting: Waiting }) {
  const flying = inFlight.use().has(waiting.clientId);
  if (waiting.state === "failed")
    return (
      <p className="msg-foot failed" role="alert">
        <TriangleAlert className="i" />
        <span>{waiting.error ?? t.chats.failed}</span>
        <button type="button" onClick={() => retry(waiting.clientId)}>
          {t.chats.again}
        </button>
        <button type="button" onClick={() => discard(waiting.clientId)}>
          {t.chats.discard}
        </button>
      </p>
    );
  return (
    <p className="msg-foot">
      <Clock3 className="i" />
      {flying ? t.chats.sending : t.chats.waitsNow}
    </p>
  );
}
