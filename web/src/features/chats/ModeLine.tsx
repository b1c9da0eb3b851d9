import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Reply, X } from "lucide-react";
import { apart, t } from "@/text";
import { IconButton } from "@/ui/IconButton";
import type { Mode } from "./Conversation";
import { windowOf } from "./cache";
import { wordsOf } from "./names";
import { useOriginal } from "./ReplyQuote";

type ModeLineProps = { mode: Mode; chat: string; onCancel: () => void };

/** What the box is open for: an answer to a message, or another text of one's own. */
export function ModeLine({ mode, chat, onCancel }: ModeLineProps) {
  const cache = useQueryClient();
  const known = windowOf(cache, chat)?.messages ?? [];
  const id = mode.kind === "reply" ? mode.to.id : mode.kind === "edit" ? mode.message.id : "";
  const { original, name } = useOriginal(id, chat, known);
  const edit = mode.kind === "edit";
  return (
    <div className="mode-line">
      {edit ? <Pencil className="i" /> : <Reply className="i" />}
      <p>
        <b>{edit ? t.chats.editing : t.chats.replying(apart(name))}</b>
        <span dir="auto">{original && wordsOf(original)}</span>
      </p>
      <IconButton label={edit ? t.chats.cancelEdit : t.chats.cancelReply} onClick={onCancel}>
        <X className="i" />
      </IconButton>
    </div>
  );
}
