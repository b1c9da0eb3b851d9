import { useQuery } from "@tanstack/react-query";
import { messages } from "@/api/chats";
import type { ChatMessage } from "@/api/types";
import { useMe } from "@/app/useSession";
import { useAccount } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { t } from "@/text";
import { chatKeys } from "./cache";
import { wordsOf } from "./names";

type ReplyQuoteProps = {
  to: { id: string; number: number };
  chat: string;
  known: readonly ChatMessage[];
  onGoTo: (number: number) => void;
};

/** What a message answers: whose it is, its first line, and the way there. */
export function ReplyQuote({ to, chat, known, onGoTo }: ReplyQuoteProps) {
  const { original, name } = useOriginal(to.id, chat, known);
  return (
    <button type="button" className="quote" title={t.chats.original} onClick={() => onGoTo(to.number)}>
      <b>
        <bdi>{name}</bdi>
      </b>
      <span dir="auto">{original ? wordsOf(original) : "…"}</span>
    </button>
  );
}

/** From what is on screen, or else from the server, once. */
export function useOriginal(id: string, chat: string, known: readonly ChatMessage[]) {
  const me = useMe();
  const here = known.find((one) => one.id === id);
  const { data: read } = useQuery<ChatMessage>({
    queryKey: chatKeys.one(chat, id),
    queryFn: () => messages.one(chat, id),
    enabled: !here && id !== "",
    staleTime: 5 * 60_000,
    retry: false,
  });
  const original = here ?? read;
  const { data: author } = useAccount(original?.account_id ?? "");
  const mine = original !== undefined && original.account_id === me?.id;
  return { original, name: mine ? t.chats.you : author ? nameOf(author) : t.chats.someone };
}
