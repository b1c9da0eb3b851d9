import { Button } from "@mui/material";
import { type RefObject, useState } from "react";
import { useGetOne } from "react-admin";
import type { CaseFile, Decision, Ruling } from "~/api/types";
import { useSession } from "~/auth/session";
import { t } from "~/text";
import { span } from "~/text/words";
import { Empty } from "~/ui/Empty";
import { explain } from "~/ui/explain";
import { Standing } from "~/ui/Standing";
import { When } from "~/ui/When";
import { nameOf, Who } from "~/ui/Who";
import { DecisionForm } from "./DecisionForm";
import { ReportView } from "./Evidence";
import type { Measure } from "./measures";

type CaseFileViewProps = {
  id: string;
  chosen: Measure[];
  onChoose: (measures: Measure[]) => void;
  onClaim: (file: CaseFile) => void;
  onDecide: (file: CaseFile, ruling: Ruling) => void;
  onReopen: (file: CaseFile) => void;
  decision: RefObject<HTMLDivElement | null>;
};

/** All that helps to decide a case, and the decision. */
export function CaseFileView({
  id,
  chosen,
  onChoose,
  onClaim,
  onDecide,
  onReopen,
  decision,
}: CaseFileViewProps) {
  const { data: file, error } = useGetOne<CaseFile>("case-files", { id });
  const session = useSession();
  if (error) return <Empty title={t.errors.title} says={explain(error)} />;
  if (!file) return <Empty title={t.app.loading} />;
  const mine = session.status === "signed-in" && file.claimed_by?.id === session.account.id;
  const posts = file.files.flatMap((report) =>
    report.evidence
      .filter((one) => one.exists)
      .map((one) => ({ id: one.post_id, says: one.text || one.post_id })),
  );
  const once = [...new Map(posts.map((post) => [post.id, post])).values()];
  return (
    <div className="stack">
      <section className="sheet padded stack" aria-label={t.cases.about(nameOf(file.account))}>
        <div className="form-row">
          <Who person={file.account} />
          {file.account && <Standing person={file.account} />}
          <span style={{ marginInlineStart: "auto" }} className="form-row">
            {file.claimed_by && !mine && (
              <span className="soft small">{t.cases.claimedBy(nameOf(file.claimed_by))}</span>
            )}
            {file.state === "open" ? (
              <Button variant="outlined" size="small" onClick={() => onClaim(file)}>
                {mine ? t.cases.unclaim : t.cases.claim}
              </Button>
            ) : (
              <Button variant="outlined" size="small" onClick={() => onReopen(file)}>
                {t.cases.reopen}
              </Button>
            )}
          </span>
        </div>
        <div className="form-row soft small">
          <span>{t.cases.accountAge(span(file.account_age))}</span>
          <span>{t.cases.earlier(file.earlier.length)}</span>
          <span>{t.cases.decisions(file.decisions.length)}</span>
        </div>
        {file.files.map((report) => (
          <ReportView key={report.id} report={report} />
        ))}
      </section>
      {file.state === "open" && (
        <section className="sheet padded" ref={decision} aria-label={t.cases.decide}>
          <h2>{t.cases.decide}</h2>
          <DecisionForm
            key={id}
            posts={once}
            reported
            chosen={chosen}
            onChoose={onChoose}
            onDecide={(ruling) => onDecide(file, ruling)}
          />
        </section>
      )}
      {file.decisions.length > 0 && (
        <section className="sheet padded">
          <h2>{t.cases.history}</h2>
          <History decisions={file.decisions} />
        </section>
      )}
    </div>
  );
}

/** What was decided about somebody, the newest first. */
export function History({ decisions }: { decisions: readonly Decision[] }) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <ul className="attention">
      {decisions.map((one) => (
        <li key={one.id} style={{ padding: "10px 0" }}>
          <div className="form-row">
            {one.measures.map((measure) => (
              <span key={measure} className="tag plain">
                {t.cases.measures[measure] ?? measure}
              </span>
            ))}
            {one.undone && <span className="tag good">{t.cases.undone}</span>}
            {one.appeal_id && <span className="tag warm">{t.cases.appealed}</span>}
            <span className="faint small" style={{ marginInlineStart: "auto" }}>
              <When at={one.created_at} />
            </span>
          </div>
          {one.reason && <p className="soft small words">{one.reason}</p>}
          {one.message && (
            <Button
              size="small"
              onClick={() => setOpen(open === one.id ? null : one.id)}
              aria-expanded={open === one.id}
            >
              {t.cases.message}
            </Button>
          )}
          {open === one.id && <blockquote className="quote words">{one.message}</blockquote>}
        </li>
      ))}
    </ul>
  );
}
