import type { Account } from "@/api/types";
import { useMe } from "@/app/useSession";
import { usePresence } from "@/entities/presence";
import { Avatar } from "@/ui/Avatar";

type PortraitProps = { account: Account; size?: "xs" | "sm" | "md" | "xl" };

/** A person with the dot of who is here now, where one may see it. */
export function Portrait({ account, size }: PortraitProps) {
  // That oneself is here is no news.
  const mine = useMe()?.id === account.id;
  const presence = usePresence(mine ? "" : account.id);
  return <Avatar account={account} size={size} online={presence?.online} />;
}
