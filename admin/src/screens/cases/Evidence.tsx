import type { Report } from "~/api/types";
import { t } from "~/text";
import { When } from "~/ui/When";
import { Who } from "~/ui/Who";

/** A report: by whom, why, and the posts and messages as they were when it was made. */
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
      {report.evidence.length === 0 && report.messages.length === 0 && (
        <p className="faint small">{t.cases.onlyAccount}</p>
      )}
      {report.evidence.map((one) => (
        <EvidenceView key={one.post_id} evidence={one} />
      ))}
      {report.messages.length > 0 && <Messages messages={report.messages} />}
    </article>
  );
}

/** The messages of a chat that the reporter picked: nothing else of the chat is shown to anybody. */
function Messages({ messages }: { messages: Report["messages"] }) {
  return (
    <section className="evidence" aria-label={t.cases.messages}>
      <div className="form-row faint small">
        <span>{t.cases.messages}</span>
        <span style={{ marginInlineStart: "auto" }}>{t.cases.onlyPicked}</span>
      </div>
      <ol className="picked">
        {messages.map((one) => (
          <li key={one.message_id} className={one.reported ? undefined : "other"}>
            <div className="form-row faint small">
              <span>{one.reported ? t.cases.fromReported : t.cases.fromReporter}</span>
              {!one.exists && <span className="danger">{t.cases.messageGone}</span>}
              <span style={{ marginInlineStart: "auto" }}>
                <When at={one.made_at} />
              </span>
            </div>
            {one.text && (
              <div className="words" dir="auto">
                {one.text}
              </div>
            )}
            <Pictures media={one.media} sensitive={false} />
          </li>
        ))}
      </ol>
    </section>
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
      <Pictures media={evidence.media} sensitive={evidence.sensitive} />
    </section>
  );
}

type Media = Report["evidence"][number]["media"];

function Pictures({ media, sensitive }: { media: Media; sensitive: boolean }) {
  if (media.length === 0) return null;
  return (
    <div className="pictures">
      {media.map((one) => (
        <Picture key={one.id} picture={one} sensitive={sensitive} />
      ))}
    </div>
  );
}

type PictureProps = { picture: Media[number]; sensitive: boolean };

function Picture({ picture, sensitive }: PictureProps) {
  const url = picture.preview_url;
  return (
    <figure className={sensitive ? "veiled" : undefined}>
      {url && picture.type === "audio" ? (
        <a className="tag plain" href={picture.url ?? url} target="_blank" rel="noreferrer">
          {t.cases.listen}
        </a>
      ) : url ? (
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
