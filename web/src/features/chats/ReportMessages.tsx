import { type FormEvent, useState } from "react";
import { reports } from "@/api/endpoints";
import type { Chat, ChatMessage, ReportCategory } from "@/api/types";
import { useAccount } from "@/entities/hooks";
import { t } from "@/text";
import { clockTime, dayLine } from "@/text/time";
import { Button } from "@/ui/Button";
import { Sheet } from "@/ui/Sheet";
import { sayError } from "@/ui/toast";
import type { Reporting } from "./Conversation";
import { wordsOf } from "./names";

type ReportMessagesProps = {
  chat: Chat;
  about: Reporting;
  messages: readonly ChatMessage[];
  onClose: () => void;
};
const categories: readonly ReportCategory[] = ["spam", "legal", "other"];
const most = 30;

/** Reports somebody of a chat: the messages that are picked join the case, and no others. */
export default function ReportMessages({ chat, about, messages, onClose }: ReportMessagesProps) {
  const { data: who } = useAccount(about.accountId);
  const [sent, setSent] = useState(false);
  const [busy, setBusy] = useState(false);
  const theirs = messages
    .filter((one) => one.account_id === about.accountId && !one.deleted && !one.withheld)
    .slice(-most)
    .reverse();
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const texts = (name: string) => values.getAll(name).filter((one) => typeof one === "string");
    const category = categories.find((one) => one === values.get("category")) ?? "other";
    setBusy(true);
    try {
      await reports.make({
        account_id: about.accountId,
        status_ids: [],
        category,
        rule_ids: [],
        comment: texts("comment")[0] ?? "",
        chat_id: chat.id,
        message_ids: texts("message"),
      });
      setSent(true);
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet open onClose={onClose} title={t.chats.reportTitle(who?.acct ?? "…")}>
      {sent ? (
        <div className="sheet-pad grid gap-4">
          <p role="status">{t.report.done}</p>
          <Button className="justify-self-end" onClick={onClose}>
            {t.app.close}
          </Button>
        </div>
      ) : (
        <form className="sheet-pad grid gap-5" onSubmit={send}>
          <fieldset>
            <legend className="mb-1 font-bold">{t.report.why}</legend>
            {categories.map((one) => (
              <label key={one} className="choice">
                <input type="radio" name="category" value={one} required />
                {t.report.category[one]}
              </label>
            ))}
          </fieldset>
          <fieldset>
            <legend className="mb-1 font-bold">{t.chats.reportPick}</legend>
            {theirs.map((one) => (
              <label key={one.id} className="choice" dir="auto">
                <input
                  type="checkbox"
                  name="message"
                  value={one.id}
                  defaultChecked={one.id === about.messageId}
                />
                <span className="grid">
                  <span className="line-clamp-3">{wordsOf(one)}</span>
                  <span className="text-small text-faint">
                    {dayLine(one.created_at, t.chats)}, {clockTime(one.created_at)}
                  </span>
                </span>
              </label>
            ))}
            {theirs.length === 0 && <p className="text-faint">{t.chats.reportNone}</p>}
          </fieldset>
          <label className="grid gap-2">
            <span className="font-bold">{`${t.report.comment} (${t.app.optional})`}</span>
            <textarea name="comment" className="input" dir="auto" rows={3} maxLength={1000} />
          </label>
          <p className="text-small text-faint">{t.chats.reportHint}</p>
          <Button type="submit" className="justify-self-end" disabled={busy}>
            {t.report.send}
          </Button>
        </form>
      )}
    </Sheet>
  );
}
