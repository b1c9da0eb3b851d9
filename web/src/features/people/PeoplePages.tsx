import { useParams } from "@tanstack/react-router";
import { accounts } from "@/api/endpoints";
import { PageHead } from "@/app/PageHead";
import { keys } from "@/entities/cache";
import { useAccountByHandle } from "@/entities/hooks";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { PersonList } from "./PersonList";

export function FollowersPage() {
  const { handle } = useParams({ from: "/shell/@{$handle}/followers" });
  return <People handle={handle} of="followers" />;
}

export function FollowingPage() {
  const { handle } = useParams({ from: "/shell/@{$handle}/following" });
  return <People handle={handle} of="following" />;
}

function People({ handle, of }: { handle: string; of: "followers" | "following" }) {
  const { account, error, retry } = useAccountByHandle(handle);
  const title = of === "followers" ? t.person.followersTitle : t.person.followingTitle;
  return (
    <>
      <PageHead title={`${title} · @${handle}`} />
      {error ? (
        <ErrorState error={error} onRetry={retry} />
      ) : account ? (
        <PersonList
          listKey={keys.list(of, account.id)}
          read={accounts[of](account.id)}
          empty={
            <EmptyState
              title={of === "followers" ? t.person.noFollowers : t.person.noFollowing}
              body={account.hide_collections ? t.person.hiddenLists : undefined}
            />
          }
        />
      ) : (
        <Skeleton kind="person" count={5} />
      )}
    </>
  );
}
