import { useQueryClient } from "@tanstack/react-query";
import { notifications } from "@/api/endpoints";
import { PageHead } from "@/app/PageHead";
import { useAccount } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { t } from "@/text";
import { shortTime } from "@/text/time";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { say, sayError } from "@/ui/toast";
import { Excerpt } from "./NoticeRow";
import { useHeld } from "./queries";

/** People whose doing the policy holds back: let them through, or put it away. */
export function HeldPage() {
  const list = useHeld();
  const held = list.data?.pages.flatMap((one) => one.held) ?? [];
  return (
    <>
      <PageHead title={t.notices.held} />
      {list.isPending ? (
        <Skeleton kind="person" count={4} />
      ) : list.error && held.length === 0 ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : held.length === 0 ? (
        <EmptyState title={t.notices.noHeld} body={t.notices.noHeldBody} />
      ) : (
        held.map((one) => <HeldRow key={one.id} {...one} />)
      )}
      {list.hasNextPage && (
        <div className="grid place-items-center p-5">
          <Button look="ghost" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t.app.more}
          </Button>
        </div>
      )}
    </>
  );
}

type HeldRowProps = {
  id: string;
  accountId: string;
  statusId: string | null;
  count: number;
  updatedAt: string;
};

function HeldRow({ id, accountId, statusId, count, updatedAt }: HeldRowProps) {
  const cache = useQueryClient();
  const { data: account } = useAccount(accountId);
  if (!account) return <Skeleton kind="person" />;
  const answer = async (verb: "accept" | "dismiss") => {
    try {
      await notifications.answer(id, verb);
      say(verb === "accept" ? t.notices.accepted : t.notices.dismissed);
      await cache.invalidateQueries({ queryKey: ["notifications"] });
    } catch (error) {
      sayError(error);
    }
  };
  return (
    <article className="held">
      <Avatar account={account} />
      <div className="min-w-0">
        <p>
          <b>
            <bdi>{nameOf(account)}</bdi>
          </b>{" "}
          <span className="handle">@{account.acct}</span>{" "}
          <span className="whitespace-nowrap text-faint">
            · {t.notices.heldCount(count)} · {shortTime(updatedAt)}
          </span>
        </p>
        {statusId && <Excerpt id={statusId} />}
        <p className="mt-3 flex gap-2">
          <Button small onClick={() => void answer("accept")}>
            {t.notices.accept}
          </Button>
          <Button look="ghost" small onClick={() => void answer("dismiss")}>
            {t.notices.dismiss}
          </Button>
        </p>
      </div>
    </article>
  );
}
