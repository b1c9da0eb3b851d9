import type { Account } from "@/api/types";
import { useMe } from "@/app/useSession";
import { useRelationship } from "@/entities/hooks";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { usePersonActions } from "./mutations";

type FollowButtonProps = {
  account: Account;
  small?: boolean /** The post on whose page it is. */;
  post?: string;
};

/** Ember asks, an outline rests: only "Follow" is the primary colour. */
export function FollowButton({ account, small = false, post }: FollowButtonProps) {
  const me = useMe();
  const { data: now } = useRelationship(account.id);
  const act = usePersonActions(account);
  if (!me || me.id === account.id || !now || now.blocked_by) return null;
  if (now.blocking) {
    return (
      <Button look="ghost" small={small} onClick={() => void act.unblock()}>
        {t.person.unblock}
      </Button>
    );
  }
  const on = now.following || now.requested;
  const words = now.following
    ? t.person.following
    : now.requested
      ? t.person.requested
      : now.followed_by
        ? t.person.followBack
        : t.person.follow;
  return (
    <Button
      look={on ? "ghost" : "primary"}
      small={small}
      aria-pressed={on}
      aria-label={`${words}, @${account.acct}`}
      onClick={() => void act.follow(post)}
    >
      {words}
    </Button>
  );
}
