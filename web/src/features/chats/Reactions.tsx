import type { ChatMessage } from "@/api/types";
import { t } from "@/text";
import { number } from "@/text/plural";
import { useMessageActions } from "./mutations";

/** What people say to a message without words; one more press joins them or takes one's own back. */
export function Reactions({ message }: { message: ChatMessage }) {
  const act = useMessageActions(message);
  if (message.reactions.length === 0) return null;
  return (
    <p className="reactions">
      {message.reactions.map(({ emoji, count, me }) => (
        <button
          key={emoji}
          type="button"
          className="reaction"
          aria-pressed={me}
          aria-label={t.chats.reacted(emoji, count, me)}
          onClick={() => void act.react(emoji)}
        >
          <span aria-hidden="true">{emoji}</span>
          {count > 1 && <span aria-hidden="true">{number(count)}</span>}
        </button>
      ))}
    </p>
  );
}
