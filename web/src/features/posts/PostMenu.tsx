import { useNavigate } from "@tanstack/react-router";
import {
  Bell,
  BellOff,
  ChartColumn,
  Ellipsis,
  Flag,
  Link2,
  Pencil,
  PenLine,
  Pin,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import type { Account } from "@/api/types";
import { useMe } from "@/app/useSession";
import type { Post } from "@/entities/cache";
import { openComposer } from "@/features/composer/open";
import { ReportSheet } from "@/features/moderation/ReportSheet";
import { t } from "@/text";
import { plainText } from "@/text/readHtml";
import { Confirm } from "@/ui/Confirm";
import { IconButton } from "@/ui/IconButton";
import { Menu, type MenuEntry } from "@/ui/Menu";
import { say } from "@/ui/toast";
import { usePostActions } from "./mutations";

type PostMenuProps = { post: Post; account: Account };

export function PostMenu({ post, account }: PostMenuProps) {
  const me = useMe();
  const act = usePostActions();
  const [asking, setAsking] = useState<"delete" | "redraft" | null>(null);
  const [reporting, setReporting] = useState(false);
  const mine = me?.id === account.id;
  const navigate = useNavigate();

  const redraft = async () => {
    const deleted = await act.remove(post);
    if (deleted) openComposer({ kind: "redraft", post, text: deleted.text ?? plainText(post.content) });
  };
  const entries: MenuEntry[] = [
    { label: t.post.copy, icon: <Link2 className="i" />, onSelect: () => void act.copyLink(post) },
  ];
  if (me) {
    entries.push({
      label: post.muted ? t.post.unmuteThread : t.post.muteThread,
      icon: post.muted ? <Bell className="i" /> : <BellOff className="i" />,
      onSelect: () => void act.muteThread(post),
    });
  }
  if (me && !mine) {
    entries.push("line", {
      label: t.report.openPost,
      icon: <Flag className="i" />,
      danger: true,
      onSelect: () => setReporting(true),
    });
  }
  if (mine) {
    entries.push(
      "line",
      {
        label: t.insight.title,
        icon: <ChartColumn className="i" />,
        onSelect: () => void navigate({ to: "/insights/posts/$id", params: { id: post.id } }),
      },
      {
        label: t.post.edit,
        icon: <Pencil className="i" />,
        onSelect: () => openComposer({ kind: "edit", post }),
      },
      {
        label: post.pinned ? t.post.unpin : t.post.pin,
        icon: <Pin className="i" />,
        onSelect: () => void act.pin(post),
      },
      { label: t.post.redraft, icon: <PenLine className="i" />, onSelect: () => setAsking("redraft") },
      {
        label: t.post.delete,
        icon: <Trash2 className="i" />,
        danger: true,
        onSelect: () => setAsking("delete"),
      },
    );
  }
  return (
    <>
      <Menu
        entries={entries}
        trigger={
          <IconButton label={t.post.more} className="post-more">
            <Ellipsis className="i" />
          </IconButton>
        }
      />
      {reporting && (
        <ReportSheet open account={account} statusId={post.id} onClose={() => setReporting(false)} />
      )}
      {asking && (
        <Confirm
          open
          title={t.post.deleteTitle}
          body={asking === "delete" ? t.post.deleteBody : t.post.redraftBody}
          action={asking === "delete" ? t.post.delete : t.post.redraft}
          onClose={() => setAsking(null)}
          onConfirm={async () => {
            if (asking === "redraft") return redraft();
            if (await act.remove(post)) say(t.post.deleted);
          }}
        />
      )}
    </>
  );
}
