import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { instance, reports, timelines } from "@/api/endpoints";
import type { Account, ReportCategory } from "@/api/types";
import { t } from "@/text";
import { plainText } from "@/text/readHtml";
import { Button } from "@/ui/Button";
import { Sheet } from "@/ui/Sheet";
import { sayError } from "@/ui/toast";

type ReportSheetProps = {
  open: boolean;
  onClose: () => void;
  account: Account;
  /** The post it starts from. */
  statusId?: string;
};
const categories: readonly ReportCategory[] = ["violation", "spam", "legal", "other"];

/** Reports somebody to staff, with posts and rules. What comes of it is told as a notification. */
export function ReportSheet({ open, onClose, account, statusId }: ReportSheetProps) {
  const [sent, setSent] = useState(false);
  const close = () => {
    onClose();
    setSent(false);
  };
  return (
    <Sheet open={open} onClose={close} title={t.report.title(account.acct)}>
      {sent ? (
        <div className="sheet-pad grid gap-4">
          <p role="status">{t.report.done}</p>
          <Button className="justify-self-end" onClick={close}>
            {t.app.close}
          </Button>
        </div>
      ) : (
        <ReportForm account={account} statusId={statusId} onSent={() => setSent(true)} />
      )}
    </Sheet>
  );
}

type ReportFormProps = { account: Account; statusId?: string; onSent: () => void };

function ReportForm({ account, statusId, onSent }: ReportFormProps) {
  const [category, setCategory] = useState<ReportCategory | null>(null);
  const [busy, setBusy] = useState(false);
  const house = useQuery({ queryKey: ["instance"], queryFn: instance });
  const more = useQuery({
    queryKey: ["report", account.id],
    queryFn: () => timelines.account(account.id, { exclude_reblogs: true })(null),
  });
  const rules = house.data?.rules ?? [];
  const posts = more.data?.items.filter((one) => one.id !== statusId).slice(0, 10) ?? [];

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!category) return;
    const values = new FormData(event.currentTarget);
    const texts = (name: string) => values.getAll(name).filter((one) => typeof one === "string");
    setBusy(true);
    try {
      await reports.make({
        account_id: account.id,
        status_ids: [...(statusId ? [statusId] : []), ...texts("post")],
        category,
        rule_ids: category === "violation" ? texts("rule") : [],
        comment: texts("comment")[0] ?? "",
      });
      onSent();
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="sheet-pad grid gap-5" onSubmit={send}>
      <fieldset className="grid gap-2">
        <legend className="mb-2 font-bold">{t.report.why}</legend>
        {categories.map((one) => (
          <label key={one} className="choice">
            <input
              type="radio"
              name="category"
              value={one}
              required
              checked={category === one}
              onChange={() => setCategory(one)}
            />
            {t.report.category[one]}
          </label>
        ))}
      </fieldset>
      {category === "violation" && rules.length > 0 && (
        <fieldset className="grid gap-2">
          <legend className="mb-2 font-bold">{t.report.rules}</legend>
          {rules.map((rule) => (
            <label key={rule.id} className="choice" dir="auto">
              <input type="checkbox" name="rule" value={rule.id} />
              {rule.text}
            </label>
          ))}
        </fieldset>
      )}
      {posts.length > 0 && (
        <fieldset className="grid gap-2">
          <legend className="mb-2 font-bold">{t.report.posts}</legend>
          {posts.map((post) => (
            <label key={post.id} className="choice" dir="auto">
              <input type="checkbox" name="post" value={post.id} />
              <span className="line-clamp-2">
                {post.spoiler_text || plainText(post.content) || t.post.picture}
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <label className="grid gap-2">
        <span className="font-bold">{`${t.report.comment} (${t.app.optional})`}</span>
        <textarea name="comment" className="input" dir="auto" rows={3} maxLength={1000} />
      </label>
      <p className="text-small text-faint">{t.report.hint}</p>
      <Button type="submit" className="justify-self-end" disabled={busy || !category}>
        {t.report.send}
      </Button>
    </form>
  );
}
