import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useAccount } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { plainText } from "@/text/readHtml";
import { Avatar } from "@/ui/Avatar";
import { Skeleton } from "@/ui/Skeleton";
import { FollowButton } from "./FollowButton";

type PersonRowProps = { id: string; children?: ReactNode };

export function PersonRow({ id, children }: PersonRowProps) {
  const { data: account } = useAccount(id);
  if (!account) return <Skeleton kind="person" />;
  return (
    <div className="person">
      <Avatar account={account} />
      <div className="stack">
        <Link to="/@{$handle}" params={{ handle: account.acct }}>
          <span className="name">
            <bdi>{nameOf(account)}</bdi>
          </span>{" "}
          <span className="handle">@{account.acct}</span>
        </Link>
        <span className="bio-line" dir="auto">
          {plainText(account.note)}
        </span>
      </div>
      {children ?? <FollowButton account={account} small />}
    </div>
  );
}
