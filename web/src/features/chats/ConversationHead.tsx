import { Link, useRouter } from "@tanstack/react-router";
import { ArrowLeft, Info, Search } from "lucide-react";
import { useEffect } from "react";
import type { Presence } from "@/api/liveTypes";
import type { Chat } from "@/api/types";
import { setPlace } from "@/app/title";
import { usePresence } from "@/entities/presence";
import { t } from "@/text";
import { dayName, shortTime } from "@/text/time";
import { IconButton } from "@/ui/IconButton";
import { ChatAvatar } from "./ChatAvatar";
import { titleOf, useOther } from "./names";

type ConversationHeadProps = { chat?: Chat; onSearch?: () => void; onDetails?: () => void };

/** Who one talks to, whether they are here, and the ways out. */
export function ConversationHead({ chat, onSearch, onDetails }: ConversationHeadProps) {
  const other = useOther(chat);
  const here = usePresence(chat?.account_id ?? "");
  const router = useRouter();
  const title = chat ? titleOf(chat, other) : "";
  useEffect(() => (title ? setPlace(title) : undefined), [title]);
  const under = chat && (chat.kind === "group" ? t.chats.people(chat.members_count) : hereSince(here));
  const words = (
    <>
      <h2>
        <bdi>{title}</bdi>
      </h2>
      <p className={here?.online ? "is-here" : ""}>{under || (other && `@${other.acct}`)}</p>
    </>
  );
  return (
    <header className="conv-head">
      <IconButton
        label={t.chats.backToList}
        className="conv-back"
        onClick={() => void router.navigate({ to: chat?.role === "invited" ? "/chats/requests" : "/chats" })}
      >
        <ArrowLeft className="i" />
      </IconButton>
      {chat && <ChatAvatar chat={chat} other={other} size="sm" />}
      {other && chat?.kind === "direct" ? (
        <Link to="/@{$handle}" params={{ handle: other.acct }} className="conv-title">
          {words}
        </Link>
      ) : (
        <div className="conv-title">{words}</div>
      )}
      {onSearch && (
        <IconButton label={t.chats.searchHere} onClick={onSearch}>
          <Search className="i" />
        </IconButton>
      )}
      {onDetails && (
        <IconButton label={t.chats.details} onClick={onDetails}>
          <Info className="i" />
        </IconButton>
      )}
    </header>
  );
}

function hereSince(here: Presence | undefined): string {
  if (!here) return "";
  if (here.online) return t.chats.here;
  if (!here.last_seen_at) return "";
  const age = shortTime(here.last_seen_at);
  return /^(now|\d+[mhd])$/.test(age)
    ? t.chats.lastHere(age)
    : t.chats.lastHereOn(dayName(here.last_seen_at));
}
