import type { Chat } from "@/api/types";
import { t } from "@/text";
import { Sheet } from "@/ui/Sheet";
import type { Reporting } from "./Conversation";
import { DirectDetails } from "./DirectDetails";
import { GroupDetails } from "./GroupDetails";

type DetailsProps = { chat: Chat; onClose: () => void; onReport: (about: Reporting) => void };

/** What there is to know and to change about a chat. */
export default function Details({ chat, onClose, onReport }: DetailsProps) {
  const report = (about: Reporting) => {
    onClose();
    onReport(about);
  };
  return (
    <Sheet open onClose={onClose} title={t.chats.details} full>
      {chat.kind === "group" ? (
        <GroupDetails chat={chat} onGone={onClose} />
      ) : (
        <DirectDetails chat={chat} onReport={report} />
      )}
    </Sheet>
  );
}
