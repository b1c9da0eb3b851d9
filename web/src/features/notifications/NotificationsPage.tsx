import { useQueryClient } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import {
  AtSign,
  BellRing,
  Flag,
  Heart,
  MessageCircle,
  MonitorSmartphone,
  Pencil,
  Repeat2,
  ShieldAlert,
  UserPlus,
  X,
} from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { markers, notifications } from "@/api/endpoints";
import { PageHead } from "@/app/PageHead";
import { noticeFilters } from "@/app/router";
import { useAccount, usePost } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { apart, t } from "@/text";
import { plainText } from "@/text/readHtml";
import { shortTime } from "@/text/time";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { IconButton } from "@/ui/IconButton";
import { Skeleton } from "@/ui/Skeleton";
import { say, sayError } from "@/ui/toast";
import { type Group, group, isFromStaff, isLater } from "./group";
import { useNotices, useReadMarker } from "./queries";

export function NotificationsPage() {
  const { filter } = useSearch({ from: "/shell/notifications" });
  const cache = useQueryClient();
  const list = useNotices(filter);
  const marker = useReadMarker();
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [cleared, setCleared] = useState(false);
  const clearing = useRef<number | undefined>(undefined);
  const all = list.data?.pages.flatMap((one) => one.notices) ?? [];
  const groups = cleared ? [] : group(all.filter((one) => !gone.has(one.id)));
  const newest = all[0]?.id;
  const read = marker.data;

  // Seen is read; the edge stays for this visit, so that one sees what was new.
  useEffect(() => {
    if (filter || !newest || read === undefined || !isLater(newest, read)) return;
    void markers
      .write(newest)
      .then(() => cache.setQueryData(["notifications", "unread"], { count: 0 }), sayError);
  }, [filter, newest, read, cache]);
  // The next visit starts from the new marker.
  useEffect(() => () => void cache.invalidateQueries({ queryKey: ["marker"] }), [cache]);

  const dismiss = (one: Group) => {
    setGone(new Set([...gone, ...one.ids]));
    void Promise.all(one.ids.map(notifications.dismiss)).catch((error) => {
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
      {list.isPending ? (
        <Skeleton kind="person" count={6} />
      ) : list.error && all.length === 0 ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : groups.length === 0 ? (
        <EmptyState title={t.notices.empty} body={t.notices.emptyBody} />
      ) : (
        <>
          {groups.map((one) => (
            <NoticeRow
              key={one.key}
              notice={one}
              unread={read !== undefined && isLater(one.key, read)}
              onDismiss={() => dismiss(one)}
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

const icons = {
  favourite: <Heart className="i like" />,
  reblog: <Repeat2 className="i share" />,
  follow: <UserPlus className="i yours" />,
  follow_request: <UserPlus className="i yours" />,
  mention: <AtSign className="i yours" />,
  update: <Pencil className="i" />,
  moderation_warning: <ShieldAlert className="i" />,
  "admin.report": <Flag className="i" />,
  report_decided: <Flag className="i" />,
  appeal_decided: <ShieldAlert className="i" />,
  status: <BellRing className="i yours" />,
  chat_message: <MessageCircle className="i yours" />,
  new_sign_in: <MonitorSmartphone className="i" />,
  "admin.sign_up": <UserPlus className="i" />,
};

type NoticeRowProps = { notice: Group; unread: boolean; onDismiss: () => void };

function NoticeRow({ notice, unread, onDismiss }: NoticeRowProps) {
  const { data: account } = useAccount(notice.accountIds[0] ?? "");
  if (!account) return <Skeleton kind="person" />;
  const { who, did } = t.notices.line(notice.type, apart(nameOf(account)), notice.accountIds.length - 1);
  return (
    <article className={unread ? "notice unread" : "notice"}>
      {icons[notice.type]}
      <div className="min-w-0">
        <div className="faces mb-1.5">
          {notice.accountIds.slice(0, 6).map((id) => (
            <Face key={id} id={id} />
          ))}
        </div>
        <p>
          {unread && <span className="sr-only">{t.notices.unread}: </span>}
          {isFromStaff(notice.type) ? (
            <b>{t.notices.staff}</b>
          ) : (
            <Link to="/@{$handle}" params={{ handle: account.acct }} className="font-bold hover:underline">
              {who}
            </Link>
          )}{" "}
          {notice.type === "follow_request" ? (
            <Link to="/follow-requests" className="text-ember">
              {did}
            </Link>
          ) : (
            did
          )}{" "}
          <span className="whitespace-nowrap text-faint">· {shortTime(notice.createdAt)}</span>
        </p>
        {notice.statusId && <Excerpt id={notice.statusId} />}
        {notice.said && (
          <p className="excerpt whitespace-pre-line" dir="auto">
            {notice.said}
          </p>
        )}
      </div>
      <IconButton label={t.notices.dismiss} onClick={onDismiss}>
        <X className="i" />
      </IconButton>
    </article>
  );
}

function Face({ id }: { id: string }) {
  const { data: account } = useAccount(id);
  return account ? <Avatar account={account} size="sm" /> : null;
}

function Excerpt({ id }: { id: string }) {
  const { data: post } = usePost(id);
  const { data: author } = useAccount(post?.accountId ?? "");
  if (!post || !author) return null;
  return (
    <Link to="/@{$handle}/$id" params={{ handle: author.acct, id }} className="excerpt" dir="auto">
      {post.spoiler_text || plainText(post.content) || t.post.picture}
    </Link>
  );
}
