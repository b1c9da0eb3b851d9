import { Copy, Ellipsis, Flag, Pencil, Reply, SmilePlus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { ChatMessage } from "@/api/types";
import { t } from "@/text";
import { plainText } from "@/text/readHtml";
import { clockTime } from "@/text/time";
import { Confirm } from "@/ui/Confirm";
import { IconButton } from "@/ui/IconButton";
import { Menu, type MenuEntry } from "@/ui/Menu";
import { say } from "@/ui/toast";
import type { Reporting } from "./Conversation";
import { EmojiButton } from "./EmojiButton";
import { useMessageActions } from "./mutations";

type MessageToolsProps = {
  message: ChatMessage;
  mine: boolean;
  mayDelete: boolean;
  tabbable: boolean;
  onReply: (message: ChatMessage) => void;
  onEdit: (message: ChatMessage) => void;
  onReport: (about: Reporting) => void;
};

/** What one can do with a message; there when it is pointed at or has the focus. */
export function MessageTools(props: MessageToolsProps) {
  const { message, mine, mayDelete, tabbable, onReply, onEdit, onReport } = props;
  const act = useMessageActions(message);
  const [asking, setAsking] = useState(false);
  const tabIndex = tabbable ? 0 : -1;
  const words = message.text ?? plainText(message.content);
  const entries: MenuEntry[] = [
    { label: t.chats.reply, icon: <Reply className="i" />, onSelect: () => onReply(message) },
  ];
  if (words)
    entries.push({
      label: t.chats.copy,
      icon: <Copy className="i" />,
      onSelect: () => void navigator.clipboard.writeText(words).then(() => say(t.chats.copied)),
    });
  if (mine && message.text !== null)
    entries.push({ label: t.chats.edit, icon: <Pencil className="i" />, onSelect: () => onEdit(message) });
  if (mayDelete || !mine) entries.push("line");
  if (mayDelete)
    entries.push({
      label: t.chats.delete,
      icon: <Trash2 className="i" />,
      danger: true,
      onSelect: () => setAsking(true),
    });
  const author = message.account_id;
  if (!mine && author)
    entries.push({
      label: t.chats.reportMessage,
      icon: <Flag className="i" />,
      danger: true,
      onSelect: () => onReport({ accountId: author, messageId: message.id }),
    });
  return (
    <span className="msg-tools">
      <time dateTime={message.created_at}>{clockTime(message.created_at)}</time>
      <EmojiButton
        label={t.chats.react}
        icon={<SmilePlus className="i" />}
        act="react"
        tabIndex={tabIndex}
        onPick={(emoji) => void act.react(emoji)}
      />
      <IconButton label={t.chats.reply} tabIndex={tabIndex} onClick={() => onReply(message)}>
        <Reply className="i" />
      </IconButton>
      <Menu
        align={mine ? "end" : "start"}
        entries={entries}
        trigger={
          <IconButton label={t.chats.act} tabIndex={tabIndex} data-act="more">
            <Ellipsis className="i" />
          </IconButton>
        }
      />
      {asking && (
        <Confirm
          open
          title={t.chats.deleteTitle}
          body={t.chats.deleteBody}
          action={t.chats.delete}
          onClose={() => setAsking(false)}
          onConfirm={() => void act.remove()}
        />
      )}
    </span>
  );
}
