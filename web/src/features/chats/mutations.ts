// What a person does to a message: shown at once, taken back with a word if the server refuses.
import { useQueryClient } from "@tanstack/react-query";
import { messages } from "@/api/chats";
import type { ChatMessage } from "@/api/types";
import { toggle } from "@/entities/toggles";
import { sayError } from "@/ui/toast";
import { takeChange, windowOf } from "./cache";

/** A message with one's own reaction set or taken back. */
export function withReaction(message: ChatMessage, emoji: string, on: boolean): ChatMessage {
  const known = message.reactions.find((one) => one.emoji === emoji);
  if ((known?.me ?? false) === on) return message;
  if (!known) return { ...message, reactions: [...message.reactions, { emoji, count: 1, me: true }] };
  const count = known.count + (on ? 1 : -1);
  return {
    ...message,
    reactions: message.reactions.flatMap((one) => {
      if (one !== known) return one;
      return count > 0 ? { ...one, count, me: on } : [];
    }),
  };
}

export function useMessageActions(message: ChatMessage) {
  const cache = useQueryClient();
  const { id, chat_id } = message;
  const now = () => windowOf(cache, chat_id)?.messages.find((one) => one.id === id) ?? message;
  const react = (emoji: string) => {
    const on = now().reactions.some((one) => one.emoji === emoji && one.me);
    return toggle({
      key: `react:${id}:${emoji}`,
      now: on,
      wish: !on,
      show: (wish) => takeChange(cache, withReaction(now(), emoji, wish)),
      send: async (wish) => takeChange(cache, await messages.react(chat_id, id, emoji, wish)),
      failed: sayError,
    });
  };
  const remove = async () => {
    try {
      takeChange(cache, await messages.remove(chat_id, id));
    } catch (error) {
      sayError(error);
    }
  };
  return { react, remove };
}
