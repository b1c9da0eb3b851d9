import { useQueryClient } from "@tanstack/react-query";
import { chats } from "@/api/chats";
import type { Chat } from "@/api/types";
import { toggle } from "@/entities/toggles";
import { t } from "@/text";
import { Switch } from "@/ui/Switch";
import { sayError } from "@/ui/toast";
import { changeChat, countAgain } from "./cache";

/** Whether one is told of a chat. */
export function MuteSwitch({ chat }: { chat: Chat }) {
  const cache = useQueryClient();
  const change = (wish: boolean) =>
    toggle({
      key: `mute-chat:${chat.id}`,
      now: chat.muted,
      wish,
      show: (muted) => changeChat(cache, chat.id, (one) => ({ ...one, muted })),
      send: async (muted) => {
        await chats.mute(chat.id, muted);
        countAgain(cache).catch(() => undefined);
      },
      failed: sayError,
    });
  return (
    <Switch
      label={t.chats.mute}
      hint={t.chats.muteHint}
      checked={chat.muted}
      onChange={(wish) => void change(wish)}
    />
  );
}
