import { ArrowDown } from "lucide-react";
import {
  type KeyboardEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import type { Chat, ChatMessage } from "@/api/types";
import { apart, t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { sayError } from "@/ui/toast";
import type { Reporting } from "./Conversation";
import { Heard } from "./Heard";
import { MessageRow } from "./MessageRow";
import { useTitle } from "./names";
import { inFlight, nameOf, outbox, shown } from "./outbox";
import { useReceipts } from "./queries";
import { readersBy } from "./receipts";
import { rowsOf } from "./rows";
import { TypingLine } from "./TypingLine";
import { typing } from "./typing";
import type { useHistory } from "./useHistory";
import { useReading } from "./useReading";
import type { Window } from "./window";

export type MessagesHandle = { goTo: (number: number) => void; goToNewest: () => void };
type MessagesProps = {
  ref: Ref<MessagesHandle>;
  chat: Chat;
  me: string;
  window: Window;
  history: ReturnType<typeof useHistory>;
  at: number | undefined;
  onReply: (message: ChatMessage) => void;
  onEdit: (message: ChatMessage) => void;
  onReport: (about: Reporting) => void;
  onLeaveList: () => void;
};

const settles = 400;
/** Nearer to an end than this, the next page is read. */
const near = 900;

/** The messages. Only what is near the screen is in the document; the list keeps its place when history comes above. */
export function Messages({
  ref,
  chat,
  me,
  window: part,
  history,
  at,
  onReply,
  onEdit,
  onReport,
  onLeaveList,
}: MessagesProps) {
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLElement>(null);
  // What is new is marked as of when the chat was opened; an answer of one's own ends it.
  const [readAt, setReadAt] = useState<number | null>(() =>
    at === undefined && chat.role !== "invited" ? chat.read_number : null,
  );
  const [atEnd, setAtEnd] = useState(true);
  const [aim, setAim] = useState<number | null>(at ?? null);
  const [active, setActive] = useState<string | null>(null);
  const stuck = useRef(true);
  const placed = useRef(false);
  // While the list finds the place it opens at, its scrolling is not the person's.
  const settling = useRef(false);
  const top = useRef(0);
  // The row that has the focus with the next frame: a quick second key goes on from there.
  const towards = useRef<string | null>(null);
  const settled = useRef(() => {});
  const waiting = shown(outbox.use(), inFlight.use(), chat.id, part.messages, me);
  const rows = rowsOf({
    messages: part.messages,
    waiting: part.end ? waiting : [],
    me,
    readAt,
    keyOf: (id) => nameOf.get(id) ?? id,
  });
  const readers = readersBy(useReceipts(chat.id), part.messages, me);
  const lastMine = part.messages.findLast((one) => one.account_id === me && !one.deleted)?.id;
  const writers = (typing.use().get(chat.id) ?? []).length;
  const title = useTitle(chat);
  const look = useReading(chat, part, list, scroller);

  const indexOf = (number: number) =>
    rows.findIndex((row) => row.kind === "message" && row.message.number >= number);
  const toEnd = () => {
    const place = scroller.current;
    if (place) place.scrollTop = place.scrollHeight;
  };
  const toRow = (index: number, align: "start" | "center", offset = 0) => {
    settling.current = true;
    list.current?.scrollToIndex(index, { align, offset });
    setTimeout(() => {
      settling.current = false;
      settled.current();
    }, settles);
  };

  // The first look: at what is new, at what was asked for, else at the end.
  useLayoutEffect(() => {
    if (placed.current || rows.length === 0) return;
    placed.current = true;
    const fresh = rows.findIndex((row) => row.fresh);
    stuck.current = aim === null && fresh <= 0;
    if (aim !== null) toRow(Math.max(0, indexOf(aim)), "center");
    else if (fresh > 0) toRow(fresh, "start", -56);
    else toEnd();
  });
  // What is added below is followed by who is at the end.
  const lastKey = rows.at(-1)?.key;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is about what was added, not about each drawing.
  useLayoutEffect(() => {
    if (stuck.current && lastKey) toEnd();
  }, [lastKey, writers]);
  // The box below grows, the keyboard comes up, a picture opens: who is at the end stays there.
  useEffect(() => {
    const place = scroller.current;
    if (!place) return;
    const watcher = new ResizeObserver(() => {
      if (stuck.current) place.scrollTop = place.scrollHeight;
    });
    watcher.observe(place);
    for (const child of place.children) watcher.observe(child);
    return () => watcher.disconnect();
  }, []);

  const onScroll = () => {
    const place = scroller.current;
    if (!place || !placed.current || settling.current) return;
    const below = place.scrollHeight - place.scrollTop - place.clientHeight;
    // Only a hand leaves the end; that the list grew does not.
    if (below < 48) stuck.current = part.end;
    else if (place.scrollTop < top.current - 1) stuck.current = false;
    top.current = place.scrollTop;
    setAtEnd(stuck.current);
    if (place.scrollTop < near && !part.start) void history.older();
    if (below < near && !part.end) void history.newer();
    look();
  };
  // What was read fills less than the screen, or stops right at its edge: on until it does not.
  useEffect(() => {
    settled.current = onScroll;
    onScroll();
  });

  const goTo = setAim;
  const goToNewest = async () => {
    stuck.current = true;
    setReadAt(null);
    try {
      await history.toNewest();
      toEnd();
    } catch (error) {
      sayError(error);
    }
  };
  useImperativeHandle(ref, () => ({
    goTo,
    goToNewest: () => void goToNewest(),
  }));
  // The one that was aimed at is read if it is not there, looked at, and glows for a moment.
  const aimThere = part.messages.some((one) => one.number === aim);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each aim, and when it is there.
  useEffect(() => {
    if (aim === null) return;
    stuck.current = false;
    if (!aimThere) return void history.jump(aim).catch(sayError);
    toRow(indexOf(aim), "center");
    const timer = setTimeout(() => setAim(null), 2_400);
    return () => clearTimeout(timer);
  }, [aim, aimThere]);

  const elementOf = (key: string) => scroller.current?.querySelector<HTMLElement>(`[data-row="${key}"]`);
  const focusRow = (index: number) => {
    const row = rows[index];
    if (!row) return;
    setActive(row.key);
    list.current?.scrollToIndex(index, { align: "nearest" });
    towards.current = row.key;
    requestAnimationFrame(() => {
      if (towards.current !== row.key) return;
      towards.current = null;
      elementOf(row.key)?.focus({ preventScroll: true });
    });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const { activeElement } = document;
    const focused = activeElement instanceof HTMLElement ? activeElement.dataset.row : undefined;
    const key = towards.current ?? focused;
    if (!key && activeElement === scroller.current && event.key === "ArrowUp") {
      event.preventDefault();
      return focusRow(rows.length - 1);
    }
    const index = rows.findIndex((row) => row.key === key);
    const row = rows[index];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: rows.length - 1 }[event.key];
    const press = (act: string) =>
      elementOf(row.key)?.querySelector<HTMLElement>(`[data-act="${act}"]`)?.click();
    if (to !== undefined) focusRow(to);
    else if (event.key === "Escape") onLeaveList();
    else if (event.key === "Enter") press("more");
    else if (event.key === "r" && row.kind === "message") onReply(row.message);
    else if (event.key === "e" && row.kind === "message" && row.message.text !== null) onEdit(row.message);
    else if (event.key === "+" || event.key === "l") press("react");
    else return;
    event.preventDefault();
  };
  const count = chat.unread_count;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its rows have the focus; it hears their keys.
    <div className="stream-place" onKeyDown={onKeyDown}>
      <section className="stream" ref={scroller} tabIndex={0} aria-label={t.chats.messages}>
        <div className="stream-top">
          {rows.length === 0 && part.end && (
            <EmptyState
              title={t.chats.first}
              body={chat.kind === "group" ? t.chats.firstBody(apart(title)) : t.chats.firstTo(apart(title))}
            />
          )}
        </div>
        <div className="stream-list">
          <Virtualizer
            ref={list}
            scrollRef={scroller}
            shift={part.grown === "before"}
            bufferSize={600}
            onScroll={onScroll}
          >
            {rows.map((row, index) => (
              <MessageRow
                key={row.key}
                begins={index === 0 && part.start}
                row={row}
                chat={chat}
                me={me}
                tabbable={row.key === active}
                aimed={row.kind === "message" && row.message.number === aim}
                readers={row.kind === "message" ? readers.read.get(row.message.id) : undefined}
                state={
                  row.kind === "message" && row.message.id === lastMine
                    ? readers.stateOf(row.message.number)
                    : null
                }
                known={part.messages}
                onFocus={() => setActive(row.key)}
                onReply={onReply}
                onEdit={onEdit}
                onReport={onReport}
                onGoTo={goTo}
              />
            ))}
          </Virtualizer>
          <TypingLine chat={chat.id} />
        </div>
      </section>
      {!atEnd && (
        <button
          type="button"
          data-act="fresh"
          className="to-newest"
          aria-label={count > 0 ? `${t.chats.toNewest}, ${t.chats.newMessages(count)}` : t.chats.toNewest}
          onClick={() => void goToNewest()}
        >
          <ArrowDown className="i" />
          {count > 0 && <span className="count" data-count={count > 99 ? "99+" : count} />}
        </button>
      )}
      <Heard chat={chat.id} />
    </div>
  );
}
