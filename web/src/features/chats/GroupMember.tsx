import { Link } from "@tanstack/react-router";
import { Crown, Ellipsis, Shield, ShieldOff, UserMinus } from "lucide-react";
import { useState } from "react";
import type { Chat, ChatMember } from "@/api/types";
import { useMe } from "@/app/useSession";
import { Portrait } from "@/features/people/Portrait";
import { nameOf } from "@/features/posts/PostCard";
import { t } from "@/text";
import { Confirm } from "@/ui/Confirm";
import { IconButton } from "@/ui/IconButton";
import { Menu, type MenuEntry } from "@/ui/Menu";
import type { GroupActions } from "./useGroupActions";

type GroupMemberProps = { chat: Chat; member: ChatMember; act: GroupActions };

export function GroupMember({ chat, member: { account, role }, act }: GroupMemberProps) {
  const mine = useMe()?.id === account.id;
  const [asking, setAsking] = useState(false);
  const entries = mine ? [] : entriesFor(chat, { account, role }, act, () => setAsking(true));
  return (
    <div className="person member">
      <Portrait account={account} />
      <div className="stack">
        <Link to="/@{$handle}" params={{ handle: account.acct }}>
          <span className="name">
            <bdi>{nameOf(account)}</bdi>
          </span>{" "}
          <span className="handle">@{account.acct}</span>
        </Link>
        {role !== "member" && <span className="role">{t.chats.roles[role]}</span>}
      </div>
      {mine && <span className="text-small text-faint">{t.chats.you}</span>}
      {entries.length > 0 && (
        <Menu
          entries={entries}
          trigger={
            <IconButton label={t.chats.manage(account.acct)}>
              <Ellipsis className="i" />
            </IconButton>
          }
        />
      )}
      {asking && (
        <Confirm
          open
          title={t.chats.passOnTitle(account.acct)}
          body={t.chats.passOnBody}
          action={t.chats.passOn}
          onClose={() => setAsking(false)}
          onConfirm={() => void act.setRole(account.id, "owner")}
        />
      )}
    </div>
  );
}

/** Admins remove members; the owner also makes admins, removes them, and passes the group on. */
function entriesFor(
  chat: Chat,
  { account, role }: ChatMember,
  act: GroupActions,
  passOn: () => void,
): MenuEntry[] {
  const owner = chat.role === "owner";
  const entries: MenuEntry[] = [];
  if (owner && role === "member")
    entries.push({
      label: t.chats.makeAdmin,
      icon: <Shield className="i" />,
      onSelect: () => void act.setRole(account.id, "admin"),
    });
  if (owner && role === "admin")
    entries.push({
      label: t.chats.makeMember,
      icon: <ShieldOff className="i" />,
      onSelect: () => void act.setRole(account.id, "member"),
    });
  if (owner && (role === "member" || role === "admin"))
    entries.push({ label: t.chats.passOn, icon: <Crown className="i" />, onSelect: passOn });
  const below = role === "member" || role === "invited" || (owner && role === "admin");
  if (below && (owner || chat.role === "admin"))
    entries.push({
      label: role === "invited" ? t.chats.takeBack : t.chats.remove,
      icon: <UserMinus className="i" />,
      danger: true,
      onSelect: () => void act.remove(account.id),
    });
  return entries;
}
