import { Link } from "react-router";
import type { ReportRow } from "~/api/types";
import { useMay } from "~/auth/session";
import { t } from "~/text";
import { Pills } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";
import { Rows } from "~/ui/Rows";
import { When } from "~/ui/When";
import { Who } from "~/ui/Who";

/** Reports about somebody, and those that they made. */
export function ReportsTab({ id }: { id: string }) {
  const mayOpen = useMay("manage_reports");
  const tools = (
    <Pills
      name="side"
      label={t.people.reports}
      choices={{ about: t.people.aboutThem, by: t.people.byThem }}
      first="about"
    />
  );
  return (
    <ListPage
      resource="reports"
      title={`reports.${id}`}
      inner
      filter={{ person: id }}
      sort="id"
      tools={tools}
    >
      <Rows<ReportRow>
        empty={t.people.noReports}
        nameOf={(row) => row.comment}
        columns={[
          { label: t.cases.by, cell: (row) => <Who person={row.by} /> },
          { label: t.audit.on, cell: (row) => <Who person={row.about} /> },
          {
            label: t.audit.reason,
            plain: true,
            cell: (row) =>
              `${t.cases.categories[row.category] ?? row.category}${row.comment ? `: ${row.comment}` : ""}`,
          },
          { label: t.audit.when, plain: true, cell: (row) => <When at={row.created_at} /> },
        ]}
        actions={(row) => mayOpen && <Link to={`/cases/${row.case_id}/show`}>{t.people.seeCase}</Link>}
      />
    </ListPage>
  );
}
