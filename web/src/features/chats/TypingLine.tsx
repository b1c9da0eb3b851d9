import { useQueryClient } from "@tanstack/react-query";
import { accountOf } from "@/entities/cache";
import { useAccount } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { apart, t } from "@/text";
import { Avatar } from "@/ui/Avatar";
import { typing } from "./typing";

/** Who writes just now, as a bubble that is not there yet. */
export function TypingLine({ chat }: { chat: string }) {
  const cache = useQueryClient();
  const writers = typing.use().get(chat) ?? [];
  const [first = ""] = writers;
  const { data: who } = useAccount(first);
  if (!who) return null;
  const names = writers.map((id) => accountOf(cache, id)).flatMap((one) => (one ? [apart(nameOf(one))] : []));
  return (
    <p className="typing-line">
      <Avatar account={who} size="xs" />
      <span className="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span className="typing-words" role="status">
        {t.chats.typing(names)}
      </span>
    </p>
  );
}
