import { useAccount } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { apart, t } from "@/text";
import { heard } from "./heard";
import { wordsOf } from "./names";

/** Says the newest message of the open chat to who does not see it. */
export function Heard({ chat }: { chat: string }) {
  const message = heard.use();
  const { data: author } = useAccount(message?.account_id ?? "");
  const here = message?.chat_id === chat && author;
  return (
    <p className="sr-only" aria-live="polite">
      {here ? t.chats.said(apart(nameOf(author)), wordsOf(message)) : ""}
    </p>
  );
}
