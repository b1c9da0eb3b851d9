import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { chats } from "@/api/chats";
import { isStatus } from "@/api/errors";
import type { ChatMessage } from "@/api/types";
import { useAccount } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { markWords } from "@/features/search/markWords";
import { t } from "@/text";
import { listTime } from "@/text/time";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { useSettled } from "@/ui/useSettled";
import { ChatAvatar } from "./ChatAvatar";
import { keepChats } from "./cache";
import { titleOf, useOther, wordsOf } from "./names";
import { useKnownChat } from "./queries";

type ChatSearchProps = {
  words: string;
  /** In this chat alone. */
  chat?: string;
  onGo?: () => void;
};
const first: string | null = null;
/** Milliseconds without a key until it is asked for. */
const pause = 220;

/** Chats by their names, and messages by their words, of one's own chats alone. */
export function ChatSearch({ words, chat, onGo }: ChatSearchProps) {
  const cache = useQueryClient();
  const asked = useSettled(words, pause);
  const place = useRef<HTMLDivElement>(null);
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["chat-search", chat ?? "", asked],
    queryFn: async ({ pageParam, signal }) => {
      const found = await chats.search(asked, { chat_id: chat, before: pageParam }, signal);
      return {
        ids: keepChats(cache, found.chats, found.accounts),
        messages: found.messages,
        next: found.next,
      };
    },
    initialPageParam: first,
    getNextPageParam: (last) => last.next,
  });
  useEffect(() => (data && place.current ? markWords(place.current, asked) : undefined), [data, asked]);
  if (isStatus(error, 404)) return <EmptyState title={t.chats.noSearch} />;
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Skeleton kind="person" count={4} />;
  const names = chat ? [] : [...new Set(data.pages.flatMap((page) => page.ids))];
  const messages = data.pages.flatMap((page) => page.messages);
  const matching = names.filter((id) => !messages.some((one) => one.chat_id === id));
  if (matching.length + messages.length === 0)
    return <EmptyState title={t.chats.nothingFound} body={t.chats.nothingFoundBody} />;
  return (
    <div className="chat-rows" ref={place} aria-live="polite">
      {matching.map((id) => (
        <FoundChat key={id} id={id} onGo={onGo} />
      ))}
      {messages.length > 0 && <h2 className="result-head">{t.chats.found}</h2>}
      {messages.map((message) => (
        <FoundMessage key={message.id} message={message} within={chat !== undefined} onGo={onGo} />
      ))}
      {hasNextPage && (
        <Button look="ghost" small className="m-4" onClick={() => void fetchNextPage()}>
          {t.chats.more}
        </Button>
      )}
    </div>
  );
}

function FoundChat({ id, onGo }: { id: string; onGo?: () => void }) {
  const chat = useKnownChat(id);
  const other = useOther(chat);
  if (!chat) return null;
  return (
    <Link to="/chats/$id" params={{ id }} search={{}} className="chat-row" data-chat={id} onClick={onGo}>
      <ChatAvatar chat={chat} other={other} />
      <span className="chat-words stack">
        <span className="chat-name">
          <bdi>{titleOf(chat, other)}</bdi>
        </span>
        <span className="chat-line">{chat.kind === "group" && t.chats.people(chat.members_count)}</span>
      </span>
    </Link>
  );
}

type FoundMessageProps = { message: ChatMessage; within: boolean; onGo?: () => void };

function FoundMessage({ message, within, onGo }: FoundMessageProps) {
  const chat = useKnownChat(message.chat_id);
  const other = useOther(chat);
  const { data: author } = useAccount(message.account_id ?? "");
  if (!chat) return null;
  const by = author ? nameOf(author) : t.chats.someone;
  return (
    <Link
      to="/chats/$id"
      params={{ id: chat.id }}
      search={{ at: message.number }}
      className="chat-row"
      data-chat={chat.id}
      onClick={onGo}
    >
      <ChatAvatar chat={chat} other={other} />
      <span className="chat-words stack">
        <span className="chat-name">
          <bdi>{within ? by : titleOf(chat, other)}</bdi>
        </span>
        <span className="chat-line two">
          <bdi>
            {within || chat.kind === "direct" ? wordsOf(message) : t.chats.said(by, wordsOf(message))}
          </bdi>
        </span>
      </span>
      <span className="chat-side">
        <time dateTime={message.created_at}>{listTime(message.created_at, t.chats.yesterday)}</time>
      </span>
    </Link>
  );
}
