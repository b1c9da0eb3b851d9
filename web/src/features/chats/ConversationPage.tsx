import { useParams, useSearch } from "@tanstack/react-router";
import { isStatus } from "@/api/errors";
import { useMe } from "@/app/useSession";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { Conversation } from "./Conversation";
import { ConversationHead } from "./ConversationHead";
import { NotInChat } from "./NotInChat";
import { useChat } from "./queries";

/** The chat of an address. Another chat is another screen: nothing of one is left in the next. */
export function ConversationPage() {
  const { id } = useParams({ from: "/shell/chats/$id" });
  const { at } = useSearch({ from: "/shell/chats/$id" });
  const me = useMe();
  const { data: chat, error, refetch } = useChat(id);
  // What one read before one was removed is not shown on.
  if (isStatus(error, 403)) return <NotInChat />;
  const missing = isStatus(error, 404);
  if (!me) return null;
  if (missing || (error && !chat))
    return (
      <section className="conv" aria-label={t.chats.messages}>
        <ConversationHead />
        {missing ? (
          <EmptyState title={t.errors.notFound} />
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )}
      </section>
    );
  if (!chat)
    return (
      <section className="conv" aria-label={t.chats.messages}>
        <ConversationHead />
        <Skeleton kind="person" count={4} />
      </section>
    );
  return <Conversation key={id} chat={chat} me={me} at={at} />;
}
