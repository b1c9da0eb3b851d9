// What is done about a group. The server says who may; what changed is read again.
import { useQueryClient } from "@tanstack/react-query";
import { type ChatRole, chats } from "@/api/chats";
import type { Chat } from "@/api/types";
import { t } from "@/text";
import { say, sayError } from "@/ui/toast";
import { chatKeys, forgetChat, keepOne } from "./cache";

export function useGroupActions(chat: Chat) {
  const cache = useQueryClient();
  const run = async (work: () => Promise<unknown>, done: string): Promise<boolean> => {
    try {
      await work();
      say(done);
      return true;
    } catch (error) {
      sayError(error);
      return false;
    } finally {
      void cache.invalidateQueries({ queryKey: chatKeys.members(chat.id) });
      void cache.invalidateQueries({ queryKey: chatKeys.chat(chat.id) });
    }
  };
  return {
    change: (part: { name?: string; picture_id?: string }) =>
      run(async () => keepOne(cache, await chats.change(chat.id, part)), t.app.saved),
    invite: (ids: readonly string[]) => run(() => chats.invite(chat.id, ids), t.chats.invitedDone),
    remove: (id: string) => run(() => chats.remove(chat.id, id), t.app.saved),
    setRole: (id: string, role: ChatRole) => run(() => chats.setRole(chat.id, id, role), t.app.saved),
    leave: async () => {
      try {
        await chats.leave(chat.id);
        say(t.chats.left);
        return true;
      } catch (error) {
        sayError(error);
        return false;
      }
    },
    forget: () => forgetChat(cache, chat.id),
  };
}
export type GroupActions = ReturnType<typeof useGroupActions>;
