import type { Report } from "~/api/types";
import { t } from "~/text";
import { When } from "~/ui/When";
import { Who } from "~/ui/Who";

/** A report: by whom, why, and the posts as they were when it was made. */
export function ReportView({ report }: { report: Report }) {
  return (
    <article className="stack" style={{ gap: 10 }}>
      <div className="form-row">
        <span className="tag plain">{t.cases.categories[report.category] ?? report.category}</span>
        {report.rules.map((rule) => (
          <span key={rule} className="soft small">
            {rule}
          </span>
        ))}
        <span className="faint small" style={{ marginInlineStart: "auto" }}>
          <When at={report.created_at} />
        </span>
      </div>
      <div className="form-row soft small">
        {t.cases.by} <Who person={report.by} size="small" />
      </div>
      <blockquote className="quote words">
        {report.comment || <span className="faint">{t.cases.noComment}</span>}
      </blockquote>
      {report.evidence.length === 0 && <p className="faint small">{t.cases.onlyAccount}</p>}
      {report.evidence.map((one) => (
        <EvidenceView key={one.post_id} evidence={one} />
      ))}
    </article>
  );
}

function EvidenceView({ evidence }: { evidence: Report["evidence"][number] }) {
  return (
    <section className={evidence.exists ? "evidence" : "evidence gone"} aria-label={t.cases.evidence}>
      <div className="form-row faint small">
        <span>{t.cases.evidence}</span>
        <span className="tag plain">{t.posts.visibilities[evidence.visibility] ?? evidence.visibility}</span>
        {!evidence.exists && <span className="danger">{t.cases.gone}</span>}
        <span style={{ marginInlineStart: "auto" }}>
          <When at={evidence.made_at} />
        </span>
      </div>
      {evidence.answers && <div className="soft small">{t.cases.answers(evidence.answers.by)}</div>}
      {evidence.warning && <div className="soft small">{t.cases.behind(evidence.warning)}</div>}
      <div className="words" dir="auto">
        {evidence.text}
      </div>
      {evidence.media.length > 0 && (
        <div className="pictures">
          {evidence.media.map((one) => (
            <Picture key={one.id} picture={one} sensitive={evidence.sensitive} />
          ))}
        </div>
      )}
    </section>
  );
}

type PictureProps = { picture: Report["evidence"][number]["media"][number]; sensitive: boolean };

function Picture({ picture, sensitive }: PictureProps) {
  const url = picture.preview_url;
  return (
    <figure className={sensitive ? "veiled" : undefined}>
      {url ? (
        <a href={picture.url ?? url} target="_blank" rel="noreferrer">
          <img src={url} alt={picture.description} />
        </a>
      ) : (
        <span className="tag plain">{t.cases.pictureGone}</span>
      )}
      <figcaption>{sensitive ? t.cases.sensitive : picture.description}</figcaption>
    </figure>
  );
}
