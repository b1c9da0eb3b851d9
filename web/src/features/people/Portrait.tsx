import type { Account } from "@/api/types";
import { usePresence } from "@/entities/presence";
import { Avatar } from "@/ui/Avatar";

type PortraitProps = { account: Account; size?: "xs" | "sm" | "md" | "xl" };

/** A person with the dot of who is here now, where one may see it. */
export function Portrait({ account, size }: PortraitProps) {
  return <Avatar account={account} size={size} online={usePresence(account.id)?.online} />;
}
