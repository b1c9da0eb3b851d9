import { useQueryClient } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { ChevronRight, Inbox, Settings2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { markers, notifications } from "@/api/endpoints";
import type { Unread } from "@/api/liveTypes";
import { PageHead } from "@/app/PageHead";
import { noticeFilters } from "@/app/router";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { say, sayError } from "@/ui/toast";
import { badgesKey } from "./badges";
import { isLater } from "./groups";
import { NoticeRow } from "./NoticeRow";
import { PushOffer } from "./PushOffer";
import { useNotices, usePolicy, useReadMarker } from "./queries";

export function NotificationsPage() {
  const { filter } = useSearch({ from: "/shell/notifications" });
  const cache = useQueryClient();
  const list = useNotices(filter);
  const marker = useReadMarker();
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [cleared, setCleared] = useState(false);
  const clearing = useRef<number | undefined>(undefined);
  const groups = cleared ? [] : list.groups.filter((one) => !gone.has(one.key));
  const newest = list.groups[0]?.newest;
  const read = marker.data;

  // Seen is read; the edge stays for this visit, so that one sees what was new.
  useEffect(() => {
    if (filter || !newest || read === undefined || !isLater(newest, read)) return;
    const seen = (badges: Unread | undefined) => badges && { ...badges, notifications: 0 };
    void markers.write(newest).then(() => cache.setQueryData<Unread>(badgesKey, seen), sayError);
  }, [filter, newest, read, cache]);
  // The next visit starts from the new marker.
  useEffect(() => () => void cache.invalidateQueries({ queryKey: ["marker"] }), [cache]);

  const dismiss = (key: string) => {
    setGone(new Set([...gone, key]));
    notifications.dismiss(key).catch((error) => {
      setGone(gone);
      sayError(error);
    });
  };
  // Clearing waits until it can no longer be undone; leaving the page counts as meaning it.
  const clear = () => {
    setCleared(true);
    const finish = () =>
      void notifications
        .clear()
        .then(() => cache.invalidateQueries({ queryKey: ["notifications"] }), sayError);
    clearing.current = window.setTimeout(finish, 5000);
    say(t.notices.cleared, {
      label: t.app.undo,
      run: () => {
        window.clearTimeout(clearing.current);
        setCleared(false);
      },
    });
  };
  return (
    <>
      <PageHead title={t.notices.title}>
        {groups.length > 0 && !filter && (
          <Button look="ghost" small onClick={clear}>
            {t.notices.clear}
          </Button>
        )}
        <Link
          to="/settings/$section"
          params={{ section: "notifications" }}
          className="icon-button"
          aria-label={t.notices.settings}
          title={t.notices.settings}
        >
          <Settings2 className="i" />
        </Link>
      </PageHead>
      <nav className="pills border-b border-line px-5 py-3" aria-label={t.notices.filters}>
        <Link to="/notifications" search={{}} className={filter ? "pill" : "pill here"}>
          {t.notices.all}
        </Link>
        {noticeFilters.map((one) => (
          <Link
            key={one}
            to="/notifications"
            search={{ filter: one }}
            className={filter === one ? "pill here" : "pill"}
          >
            {t.notices[one]}
          </Link>
        ))}
      </nav>
      {!filter && <Held />}
      {list.isPending ? (
        <Skeleton kind="person" count={6} />
      ) : list.error && list.groups.length === 0 ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : groups.length === 0 ? (
        <EmptyState title={t.notices.empty} body={t.notices.emptyBody} />
      ) : (
        <>
          <PushOffer />
          {groups.map((one) => (
            <NoticeRow
              key={one.key}
              notice={one}
              unread={read !== undefined && isLater(one.newest, read)}
              onDismiss={() => dismiss(one.key)}
            />
          ))}
          {list.hasNextPage && (
            <div className="grid place-items-center p-5">
              <Button
                look="ghost"
                disabled={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                {t.app.more}
              </Button>
            </div>
          )}
        </>
      )}
    </>
  );
}

/** The way to what is held back, while there is some. */
function Held() {
  const { data } = usePolicy();
  const people = data?.summary.pending_requests_count ?? 0;
  if (people === 0) return null;
  return (
    <Link to="/notifications/requests" className="setting">
      <Inbox className="i" />
      <span className="stack">
        <b>{t.notices.held}</b>
        <span>{t.notices.heldPeople(people)}</span>
      </span>
      <ChevronRight className="i" />
    </Link>
  );
}
