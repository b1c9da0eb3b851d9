import { staff } from "~/api/ask";
import type { AuditEntry } from "~/api/types";
import { t } from "~/text";
import { Pick } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";
import { PersonById } from "~/ui/PersonById";
import { Rows } from "~/ui/Rows";
import { When } from "~/ui/When";

type Row = AuditEntry & { id: string };
/** The server's word as people read it: `edit_rules` is "edit rules". */
const spoken = (word: string) => word.replaceAll("_", " ");

/** What staff did: who, what, to what, why, and how it was before. */
export function AuditPage() {
  const tools = <Pick name="act" label={t.audit.act} choices={t.audit.acts} first="" />;
  return (
    <ListPage
      resource="audit"
      title={t.places.audit}
      says={t.audit.says}
      tools={tools}
      sort="id"
      perPage={50}
      csv={`${staff}/audit.csv`}
    >
      <Rows<Row>
        empty={t.audit.empty}
        nameOf={(row) => String(row.number)}
        columns={[
          {
            label: t.audit.act,
            cell: (row) => (
              <details>
                <summary>
                  <b>{spoken(row.act)}</b> <span className="faint tabular">#{row.number}</span>
                </summary>
                <dl className="facts small" style={{ marginTop: 8 }}>
                  <dt>{t.audit.before}</dt>
                  <dd className="mono words">{row.before || t.app.none}</dd>
                  <dt>{t.audit.after}</dt>
                  <dd className="mono words">{row.after || t.app.none}</dd>
                  <dt>{t.audit.hash}</dt>
                  <dd className="mono">{row.hash}</dd>
                </dl>
              </details>
            ),
          },
          { label: t.audit.who, cell: (row) => <PersonById id={row.by} none={t.app.operator} /> },
          {
            label: t.audit.on,
            cell: (row) => (
              <span>
                {row.subject === "account" ? (
                  <PersonById id={row.subject_id} />
                ) : (
                  <>
                    {spoken(row.subject)} <span className="mono faint">{row.subject_id}</span>
                  </>
                )}
              </span>
            ),
          },
          {
            label: t.audit.reason,
            plain: true,
            cell: (row) => <span className="words clip2">{row.reason}</span>,
          },
          { label: t.audit.when, plain: true, cell: (row) => <When at={row.at} /> },
        ]}
      />
    </ListPage>
  );
}
