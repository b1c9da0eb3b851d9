import { useNavigate } from "@tanstack/react-router";
import { LogOut, UserPlus } from "lucide-react";
import { useState } from "react";
import type { Account, Chat } from "@/api/types";
import { apart, t } from "@/text";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { GroupLooks } from "./GroupLooks";
import { GroupMember } from "./GroupMember";
import { MuteSwitch } from "./MuteSwitch";
import { PeoplePicker } from "./PeoplePicker";
import { useMembers } from "./queries";
import { useGroupActions } from "./useGroupActions";

type GroupDetailsProps = { chat: Chat; onGone: () => void };

/** A group: its looks for admins, its people with what they are, the way in for others and out for oneself. */
export function GroupDetails({ chat, onGone }: GroupDetailsProps) {
  const navigate = useNavigate();
  const { data: members, error, refetch } = useMembers(chat.id, chat.role !== "invited");
  const act = useGroupActions(chat);
  const [inviting, setInviting] = useState<readonly Account[] | null>(null);
  const [leaving, setLeaving] = useState(false);
  const runs = chat.role === "owner" || chat.role === "admin";
  if (inviting)
    return (
      <div className="sheet-pad grid gap-4">
        <PeoplePicker
          chosen={inviting}
          without={members?.map((one) => one.account.id)}
          onChoose={(account) =>
            setInviting((now) =>
              now?.some((one) => one.id === account.id)
                ? now.filter((one) => one.id !== account.id)
                : [...(now ?? []), account],
            )
          }
        />
        <div className="flex justify-end gap-2">
          <Button look="ghost" onClick={() => setInviting(null)}>
            {t.app.cancel}
          </Button>
          <Button
            disabled={inviting.length === 0}
            onClick={() => {
              void act.invite(inviting.map((one) => one.id));
              setInviting(null);
            }}
          >
            {t.chats.inviteDo}
          </Button>
        </div>
      </div>
    );
  return (
    <>
      <GroupLooks chat={chat} mayChange={runs} />
      <MuteSwitch chat={chat} />
      {runs && (
        <button type="button" className="setting" onClick={() => setInviting([])}>
          <UserPlus className="i" />
          <span className="stack">
            <b>{t.chats.invite}</b>
          </span>
        </button>
      )}
      {chat.role !== "invited" && (
        <>
          <h3 className="result-head">
            <span>{t.chats.members}</span>
            <span className="text-small text-faint">{t.chats.people(chat.members_count)}</span>
          </h3>
          {error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : members ? (
            members.map((one) => <GroupMember key={one.account.id} chat={chat} member={one} act={act} />)
          ) : (
            <Skeleton kind="person" count={3} />
          )}
          <button type="button" className="setting danger-row" onClick={() => setLeaving(true)}>
            <LogOut className="i" />
            <span className="stack">
              <b>{t.chats.leave}</b>
            </span>
          </button>
        </>
      )}
      {leaving && (
        <Confirm
          open
          title={t.chats.leaveTitle}
          body={`${apart(chat.name)}. ${t.chats.leaveBody}`}
          action={t.chats.leave}
          onClose={() => setLeaving(false)}
          onConfirm={async () => {
            if (!(await act.leave())) return;
            onGone();
            await navigate({ to: "/chats" });
            act.forget();
          }}
        />
      )}
    </>
  );
}
