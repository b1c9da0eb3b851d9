import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { isStatus } from "@/api/errors";
import type { Chat, ChatMessage, CredentialAccount } from "@/api/types";
import { t } from "@/text";
import { ErrorState } from "@/ui/ErrorState";
import { Sheet } from "@/ui/Sheet";
import { Skeleton } from "@/ui/Skeleton";
import { ChatComposer } from "./ChatComposer";
import { ChatSearch } from "./ChatSearch";
import { ConversationHead } from "./ConversationHead";
import { leaveChat } from "./cache";
import { readDraft } from "./drafts";
import { Messages, type MessagesHandle } from "./Messages";
import { NotInChat } from "./NotInChat";
import { useTitle } from "./names";
import { RequestBar } from "./RequestBar";
import { useHistory } from "./useHistory";

const Details = lazy(() => import("./Details"));
const ReportMessages = lazy(() => import("./ReportMessages"));

type ConversationProps = { chat: Chat; me: CredentialAccount; at: number | undefined };
export type Mode =
  | { kind: "new" }
  | { kind: "reply"; to: { id: string; number: number } }
  | { kind: "edit"; message: ChatMessage };
/** Whom a report is about, and the message it starts from. */
export type Reporting = { accountId: string; messageId?: string };

/** A chat that is open: its messages, and the box to write in. */
export function Conversation({ chat, me, at }: ConversationProps) {
  const navigate = useNavigate();
  const history = useHistory(chat, at);
  const list = useRef<MessagesHandle>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const [mode, setMode] = useState<Mode>(() => {
    const { replyTo } = readDraft(me.id, chat.id);
    return replyTo ? { kind: "reply", to: replyTo } : { kind: "new" };
  });
  const [over, setOver] = useState<"details" | "search" | null>(null);
  const [reporting, setReporting] = useState<Reporting | null>(null);
  const title = useTitle(chat);
  const invited = chat.role === "invited";
  // Who may not read it any more is out, whatever a list said that was asked before.
  const cache = useQueryClient();
  const out = !invited && isStatus(history.error, 403);
  useEffect(() => {
    if (out) leaveChat(cache, chat.id);
  }, [out, cache, chat.id]);
  const begin = (next: Mode) => {
    setMode(next);
    box.current?.focus();
  };
  const editLast = () => {
    const last = history.window?.messages.findLast((one) => one.account_id === me.id && one.text);
    if (last) begin({ kind: "edit", message: last });
  };
  // A link to a message in the chat that is open goes to it.
  const went = useRef(at);
  useEffect(() => {
    if (at === went.current) return;
    went.current = at;
    if (at !== undefined) list.current?.goTo(at);
  }, [at]);
  const onSent = () => {
    if (at !== undefined)
      void navigate({ to: "/chats/$id", params: { id: chat.id }, search: {}, replace: true });
    list.current?.goToNewest();
  };
  if (out) return <NotInChat />;
  return (
    <section className="conv" aria-label={title}>
      <ConversationHead
        chat={chat}
        onSearch={invited ? undefined : () => setOver("search")}
        onDetails={() => setOver("details")}
      />
      {history.window ? (
        <Messages
          ref={list}
          chat={chat}
          me={me.id}
          window={history.window}
          history={history}
          at={at}
          onReply={({ id, number }) => begin({ kind: "reply", to: { id, number } })}
          onEdit={(message) => begin({ kind: "edit", message })}
          onReport={setReporting}
          onLeaveList={() => box.current?.focus()}
        />
      ) : history.error && !invited ? (
        <ErrorState error={history.error} onRetry={history.again} />
      ) : invited && history.error ? (
        <div className="flex-1" />
      ) : (
        <div className="flex-1">
          <Skeleton kind="person" count={4} />
        </div>
      )}
      {invited ? (
        <RequestBar chat={chat} onReport={setReporting} />
      ) : (
        <ChatComposer
          chat={chat}
          me={me}
          mode={mode}
          box={box}
          last={chat.last_number}
          onMode={setMode}
          onEditLast={editLast}
          onSent={onSent}
        />
      )}
      <Suspense>
        {over === "details" && <Details chat={chat} onClose={() => setOver(null)} onReport={setReporting} />}
        {reporting && (
          <ReportMessages
            chat={chat}
            about={reporting}
            messages={history.window?.messages ?? []}
            onClose={() => setReporting(null)}
          />
        )}
      </Suspense>
      {over === "search" && <SearchHere chat={chat.id} onClose={() => setOver(null)} />}
    </section>
  );
}

function SearchHere({ chat, onClose }: { chat: string; onClose: () => void }) {
  const [words, setWords] = useState("");
  return (
    <Sheet open onClose={onClose} title={t.chats.searchHere} full>
      <search className="sheet-pad block">
        <input
          type="search"
          className="input"
          dir="auto"
          // biome-ignore lint/a11y/noAutofocus: who opens search wants to type.
          autoFocus
          aria-label={t.chats.searchHere}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      </search>
      {words.trim() && <ChatSearch words={words.trim()} chat={chat} onGo={onClose} />}
    </Sheet>
  );
}
