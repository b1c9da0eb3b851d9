import { Link } from "@tanstack/react-router";
import { BellOff } from "lucide-react";
import { type ReactNode, useRef } from "react";
import type { Chat } from "@/api/types";
import { useMe } from "@/app/useSession";
import { useAccount } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { apart, t } from "@/text";
import { listTime } from "@/text/time";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { EndlessList, Scroller } from "@/ui/EndlessList";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { ChatAvatar } from "./ChatAvatar";
import { readDraft } from "./drafts";
import { titleOf, useOther, usePreview } from "./names";
import { newChatOpen } from "./open";
import { useChatRequests, useChats, useKnownChat } from "./queries";
import { typing } from "./typing";

type RowsProps = { open?: string; only: "all" | "groups" };

export function ChatRows({ open, only }: RowsProps) {
  const list = useChats();
  const begin = <Button onClick={() => newChatOpen.set(true)}>{t.chats.new}</Button>;
  return (
    <Rows
      list={list}
      empty={
        only === "groups" ? (
          <EmptyState title={t.chats.noGroups} body={t.chats.noGroupsBody}>
            {begin}
          </EmptyState>
        ) : (
          <EmptyState title={t.chats.empty} body={t.chats.emptyBody}>
            {begin}
          </EmptyState>
        )
      }
      row={(id) => <ChatRow id={id} here={id === open} only={only} />}
    />
  );
}

export function RequestRows({ open }: { open?: string }) {
  return (
    <Rows
      list={useChatRequests()}
      empty={<EmptyState title={t.chats.noRequests} body={t.chats.noRequestsBody} />}
      row={(id) => <ChatRow id={id} here={id === open} only="all" />}
    />
  );
}

type ListProps = {
  list: ReturnType<typeof useChats>;
  empty: ReactNode;
  row: (id: string) => ReactNode;
};

function Rows({ list, empty, row }: ListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  return (
    <div className="chat-rows" ref={scroller}>
      {list.isPending ? (
        <Skeleton kind="person" count={5} />
      ) : list.error && list.ids.length === 0 ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : list.ids.length === 0 ? (
        empty
      ) : (
        <Scroller value={scroller}>
          <EndlessList ids={list.ids} pages={list} kind="person" row={row} />
        </Scroller>
      )}
    </div>
  );
}

type ChatRowProps = { id: string; here: boolean; only: "all" | "groups" };

function ChatRow({ id, here, only }: ChatRowProps) {
  const chat = useKnownChat(id);
  if (!chat || (only === "groups" && chat.kind !== "group")) return null;
  return <Known chat={chat} here={here} />;
}

function Known({ chat, here }: { chat: Chat; here: boolean }) {
  const me = useMe()?.id ?? "";
  const other = useOther(chat);
  const title = titleOf(chat, other);
  const preview = usePreview(chat, me);
  const writing = typing.use().get(chat.id)?.[0];
  const draft = here ? "" : readDraft(me, chat.id).text.trim();
  const fresh = chat.role === "invited" ? 0 : chat.unread_count;
  const at = chat.last_message?.created_at ?? chat.created_at;
  const line = draft ? t.chats.draft(draft) : preview;
  return (
    <Link
      to="/chats/$id"
      params={{ id: chat.id }}
      search={{}}
      className={`chat-row ${here ? "here" : ""} ${fresh > 0 ? "fresh-row" : ""}`}
      data-chat={chat.id}
      aria-current={here ? "page" : undefined}
    >
      <ChatAvatar chat={chat} other={other} />
      <span className="chat-words">
        <span className="chat-name">
          <bdi>{title}</bdi>
          {chat.muted && <BellOff className="i" role="img" aria-label={t.chats.muted} />}
        </span>
        <span className="chat-line">
          {writing ? <Writing id={writing} /> : <bdi className={draft ? "is-draft" : ""}>{line}</bdi>}
        </span>
      </span>
      <span className="chat-side">
        <time dateTime={at}>{listTime(at, t.chats.yesterday)}</time>
        {fresh > 0 && (
          <>
            <span
              className={chat.muted ? "count quiet" : "count"}
              data-count={fresh > 99 ? "99+" : fresh}
              aria-hidden="true"
            />
            <span className="sr-only">{t.chats.newMessages(fresh)}</span>
          </>
        )}
      </span>
    </Link>
  );
}

function Writing({ id }: { id: string }) {
  const { data: who } = useAccount(id);
  return <span className="writing">{who ? t.chats.typing([apart(nameOf(who))]) : "…"}</span>;
}
