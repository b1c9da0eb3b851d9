import { Heart, Sparkles, Users, X } from "lucide-react";
import type { ReactNode } from "react";
import { useAccount } from "@/entities/hooks";
import { FollowButton } from "@/features/people/FollowButton";
import { PersonRow } from "@/features/people/PersonRow";
import { apart, t } from "@/text";
import { IconButton } from "@/ui/IconButton";
import type { Suggested } from "./queries";

type SuggestionRowProps = { one: Suggested; onDismiss: (id: string) => void };

/** Somebody whom one may want to follow, and why. */
export function SuggestionRow({ one, onDismiss }: SuggestionRowProps) {
  const { data: account } = useAccount(one.id);
  return (
    <li className="suggestion">
      <Reason reasons={one.reasons} />
      <PersonRow id={one.id}>
        {account && (
          <>
            <FollowButton account={account} small />
            <IconButton label={t.explore.dismiss(account.acct)} onClick={() => onDismiss(one.id)}>
              <X className="i" />
            </IconButton>
          </>
        )}
      </PersonRow>
    </li>
  );
}

function Reason({ reasons }: { reasons: Suggested["reasons"] }) {
  const { friends, friends_count, interests } = reasons;
  if (friends.length > 0) {
    const [first = "", second] = friends.map(apart);
    return <Line icon={<Users className="i" />}>{t.explore.followedBy(first, second, friends_count)}</Line>;
  }
  if (interests.length > 0)
    return <Line icon={<Heart className="i" />}>{t.explore.shares(interests.map(apart).join(", "))}</Line>;
  return <Line icon={<Sparkles className="i" />}>{t.explore.popular}</Line>;
}

function Line({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <p className="reason">
      {icon} <span>{children}</span>
    </p>
  );
}
