import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Account, Chat, ChatMessage } from "@/api/types";
import { accountOf } from "@/entities/cache";
import { useAccount } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { apart, t } from "@/text";
import { clockTime, dayLine } from "@/text/time";
import { Avatar } from "@/ui/Avatar";
import { Bubble } from "./Bubble";
import type { Reporting } from "./Conversation";
import { MessageTools } from "./MessageTools";
import { Reactions } from "./Reactions";
import type { SentState } from "./receipts";
import type { Row } from "./rows";
import { WaitingState } from "./WaitingState";

type MessageRowProps = {
  row: Row;
  /** It is the first of all. */
  begins: boolean;
  chat: Chat;
  me: string;
  tabbable: boolean;
  aimed: boolean;
  readers: readonly string[] | undefined;
  state: SentState | null;
  known: readonly ChatMessage[];
  onFocus: () => void;
  onReply: (message: ChatMessage) => void;
  onEdit: (message: ChatMessage) => void;
  onReport: (about: Reporting) => void;
  onGoTo: (number: number) => void;
};

/** A message where it stands: under its day, beside its author, with what people say to it. */
export function MessageRow(props: MessageRowProps) {
  const { row, begins, chat, me, tabbable, aimed, readers, state } = props;
  const { data: author } = useAccount(row.by ?? "");
  const mine = row.by === me;
  const side = ["msg", mine && "mine", row.first && "first", row.last && "last", aimed && "aimed"];
  const by = mine ? t.chats.you : author ? nameOf(author) : t.chats.someone;
  const edited = row.kind === "message" && row.message.edited_at;
  const tail = row.kind === "message" && (row.timed || state || edited);
  return (
    <div className="msg-slot">
      {begins && <p className="begins">{t.chats.start}</p>}
      {row.day && <h3 className="day">{dayLine(row.at, t.chats)}</h3>}
      {row.fresh && <h3 className="new-line">{t.chats.fresh}</h3>}
      <article
        className={side.filter(Boolean).join(" ")}
        tabIndex={tabbable ? 0 : -1}
        data-row={row.key}
        aria-label={`${by}, ${clockTime(row.at)}`}
        onFocus={props.onFocus}
      >
        {!mine && <Face author={author} shown={row.first} />}
        <div className="msg-body">
          <Bubble
            row={row}
            named={chat.kind === "group" && !mine && row.first ? by : null}
            known={props.known}
            onGoTo={props.onGoTo}
          />
          {row.kind === "message" && <Reactions message={row.message} />}
          {tail && (
            <p className="msg-foot">
              {edited && <span>{t.chats.edited}</span>}
              <time dateTime={row.at}>{clockTime(row.at)}</time>
              {state && state !== "read" && (
                <span>{state === "delivered" ? t.chats.delivered : t.chats.sentState}</span>
              )}
            </p>
          )}
          {row.kind === "waiting" && <WaitingState waiting={row.waiting} />}
          {readers && <Readers ids={readers} />}
        </div>
        {row.kind === "message" &&
          !row.message.deleted &&
          !row.message.withheld &&
          chat.role !== "invited" && (
            <MessageTools
              message={row.message}
              mine={mine}
              mayDelete={mine || (chat.kind === "group" && (chat.role === "owner" || chat.role === "admin"))}
              tabbable={tabbable}
              onReply={props.onReply}
              onEdit={props.onEdit}
              onReport={props.onReport}
            />
          )}
      </article>
    </div>
  );
}

function Face({ author, shown }: { author: Account | undefined; shown: boolean }) {
  if (!shown || !author) return <span className="face-gap" />;
  return (
    <Link
      to="/@{$handle}"
      params={{ handle: author.acct }}
      className="face"
      tabIndex={-1}
      aria-label={`@${author.acct}`}
    >
      <Avatar account={author} size="sm" />
    </Link>
  );
}

/** Tiny squircles of who read up to here. */
function Readers({ ids }: { ids: readonly string[] }) {
  const cache = useQueryClient();
  const people = ids.flatMap((id) => accountOf(cache, id) ?? []);
  if (people.length === 0) return null;
  const names = people.map((one) => apart(nameOf(one))).join(", ");
  return (
    <p className="readers" title={t.chats.readBy(names)}>
      <span className="faces">
        {people.slice(0, 6).map((one) => (
          <Avatar key={one.id} account={one} size="xs" />
        ))}
      </span>
      <span className="sr-only">{t.chats.readBy(names)}</span>
    </p>
  );
}
