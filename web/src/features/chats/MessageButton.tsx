import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { useState } from "react";
import { chats } from "@/api/chats";
import type { Account } from "@/api/types";
import { useRelationship } from "@/entities/hooks";
import { t } from "@/text";
import { IconButton } from "@/ui/IconButton";
import { sayError } from "@/ui/toast";
import { keepOne, listAgain } from "./cache";

/** Opens the chat with somebody. Who may not write to them is told so by the server. */
export function MessageButton({ account }: { account: Account }) {
  const { data: now } = useRelationship(account.id);
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  if (!now || now.blocking || now.blocked_by) return null;
  const open = async () => {
    setBusy(true);
    try {
      const chat = keepOne(cache, await chats.open(account.id));
      listAgain(cache);
      await navigate({ to: "/chats/$id", params: { id: chat.id }, search: {} });
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <IconButton
      label={t.chats.messageOne(account.acct)}
      className="bordered"
      disabled={busy}
      onClick={() => void open()}
    >
      <MessagesSquare className="i" />
    </IconButton>
  );
}
