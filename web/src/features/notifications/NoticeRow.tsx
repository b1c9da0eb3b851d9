import { Link } from "@tanstack/react-router";
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
import type { ReactNode } from "react";
import type { NoticeType } from "@/api/types";
import { useAccount, usePost } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { apart, t } from "@/text";
import { plainText } from "@/text/readHtml";
import { shortTime } from "@/text/time";
import { Avatar } from "@/ui/Avatar";
import { IconButton } from "@/ui/IconButton";
import { Skeleton } from "@/ui/Skeleton";
import { type Group, othersOf } from "./groups";
import { insteadOfName } from "./types";

const icons: Record<NoticeType, ReactNode> = {
  favourite: <Heart className="i like" />,
  reblog: <Repeat2 className="i share" />,
  follow: <UserPlus className="i yours" />,
  follow_request: <UserPlus className="i yours" />,
  mention: <AtSign className="i yours" />,
  update: <Pencil className="i" />,
  status: <BellRing className="i yours" />,
  chat_message: <MessageCircle className="i yours" />,
  new_sign_in: <MonitorSmartphone className="i" />,
  moderation_warning: <ShieldAlert className="i" />,
  "admin.report": <Flag className="i" />,
  "admin.sign_up": <UserPlus className="i" />,
  report_decided: <Flag className="i" />,
  appeal_decided: <ShieldAlert className="i" />,
};
/** Where what happened can be answered. */
function placeOf({ type, chatId }: Group): string | null {
  if (type === "follow_request") return "/follow-requests";
  if (type === "chat_message") return chatId ? `/chats/${chatId}` : "/chats";
  return type === "new_sign_in" ? "/settings/devices" : null;
}

type NoticeRowProps = { notice: Group; unread: boolean; onDismiss: () => void };

export function NoticeRow({ notice, unread, onDismiss }: NoticeRowProps) {
  const { data: account } = useAccount(notice.accountIds[0] ?? "");
  if (!account) return <Skeleton kind="person" />;
  const { who, did } = t.notices.line(notice.type, apart(nameOf(account)), othersOf(notice));
  const place = placeOf(notice);
  const instead = insteadOfName(notice.type);
  return (
    <article className={unread ? "notice unread" : "notice"}>
      {icons[notice.type]}
      <div className="min-w-0">
        {!instead && (
          <div className="faces mb-1.5">
            {notice.accountIds.slice(0, 6).map((id) => (
              <Face key={id} id={id} />
            ))}
          </div>
        )}
        <p>
          {unread && <span className="sr-only">{t.notices.unread}: </span>}
          {instead ? (
            <b>{instead}</b>
          ) : (
            <Link to="/@{$handle}" params={{ handle: account.acct }} className="font-bold hover:underline">
              {who}
            </Link>
          )}{" "}
          {place ? (
            <Link to={place} className="text-ember">
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

export function Excerpt({ id }: { id: string }) {
  const { data: post } = usePost(id);
  const { data: author } = useAccount(post?.accountId ?? "");
  if (!post || !author) return null;
  return (
    <Link to="/@{$handle}/$id" params={{ handle: author.acct, id }} className="excerpt" dir="auto">
      {post.spoiler_text || plainText(post.content) || t.post.picture}
    </Link>
  );
}
