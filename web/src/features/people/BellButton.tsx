import { Bell, BellRing } from "lucide-react";
import type { Account } from "@/api/types";
import { useRelationship } from "@/entities/hooks";
import { t } from "@/text";
import { IconButton } from "@/ui/IconButton";
import { usePersonActions } from "./mutations";

type BellButtonProps = { account: Account };

/** For people one follows: be told of each of their posts. */
export function BellButton({ account }: BellButtonProps) {
  const { data: now } = useRelationship(account.id);
  const act = usePersonActions(account);
  if (!now?.following) return null;
  return (
    <IconButton
      label={now.notifying ? t.person.bellOff(account.acct) : t.person.bell(account.acct)}
      aria-pressed={now.notifying}
      className={now.notifying ? "text-ember" : ""}
      onClick={() => void act.bell()}
    >
      {now.notifying ? <BellRing className="i" /> : <Bell className="i" />}
    </IconButton>
  );
}
