// Puts another text into a message of one's own.
import { useQueryClient } from "@tanstack/react-query";
import { messages } from "@/api/chats";
import type { ChatMessage } from "@/api/types";
import { sayError } from "@/ui/toast";
import { takeChange } from "./cache";

export function useSaveEdit(chat: string) {
  const cache = useQueryClient();
  return async (message: ChatMessage, text: string): Promise<boolean> => {
    try {
      takeChange(cache, await messages.edit(chat, message.id, text));
      return true;
    } catch (error) {
      // The words stay in the box.
      sayError(error);
      return false;
    }
  };
}
