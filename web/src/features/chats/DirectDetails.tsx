import { Link } from "@tanstack/react-router";
import { Ban, ChevronRight, Flag, User } from "lucide-react";
import { useState } from "react";
import type { Account, Chat } from "@/api/types";
import { useRelationship } from "@/entities/hooks";
import { usePersonActions } from "@/features/people/mutations";
import { t } from "@/text";
import { Confirm } from "@/ui/Confirm";
import { ChatAvatar } from "./ChatAvatar";
import type { Reporting } from "./Conversation";
import { MuteSwitch } from "./MuteSwitch";
import { titleOf, useOther } from "./names";

type DirectDetailsProps = { chat: Chat; onReport: (about: Reporting) => void };

export function DirectDetails({ chat, onReport }: DirectDetailsProps) {
  const other = useOther(chat);
  return (
    <>
      <div className="details-head">
        <ChatAvatar chat={chat} other={other} />
        <p className="stack">
          <b className="name">
            <bdi>{titleOf(chat, other)}</bdi>
          </b>
          {other && <span className="handle">@{other.acct}</span>}
        </p>
      </div>
      <MuteSwitch chat={chat} />
      {other && <Person account={other} onReport={onReport} />}
    </>
  );
}

function Person({ account, onReport }: { account: Account; onReport: (about: Reporting) => void }) {
  const { data: now } = useRelationship(account.id);
  const act = usePersonActions(account);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Link to="/@{$handle}" params={{ handle: account.acct }} className="setting">
        <User className="i" />
        <span className="stack">
          <b>{t.chats.profile}</b>
        </span>
        <ChevronRight className="i" />
      </Link>
      <button
        type="button"
        className="setting"
        onClick={() => (now?.blocking ? void act.unblock() : setAsking(true))}
      >
        <Ban className="i" />
        <span className="stack">
          <b>{now?.blocking ? t.person.unblockOne(account.acct) : t.person.block(account.acct)}</b>
        </span>
      </button>
      <button type="button" className="setting" onClick={() => onReport({ accountId: account.id })}>
        <Flag className="i" />
        <span className="stack">
          <b>{t.report.open(account.acct)}</b>
        </span>
      </button>
      {asking && (
        <Confirm
          open
          title={t.person.blockTitle(account.acct)}
          body={t.person.blockBody}
          action={t.person.blockDo}
          onClose={() => setAsking(false)}
          onConfirm={() => void act.block()}
        />
      )}
    </>
  );
}
