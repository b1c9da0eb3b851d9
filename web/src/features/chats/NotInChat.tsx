import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { ConversationHead } from "./ConversationHead";

/** In the place of a chat that one is not in any more: nothing of it is shown on. */
export function NotInChat() {
  return (
    <section className="conv" aria-label={t.chats.messages}>
      <ConversationHead />
      <EmptyState title={t.chats.gone} body={t.chats.goneBody} />
    </section>
  );
}
