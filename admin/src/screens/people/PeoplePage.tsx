import { number } from "@/text/plural";
import { staff } from "~/api/ask";
import type { PersonRow } from "~/api/types";
import { t } from "~/text";
import { Pick, SearchBox, SortPick } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";
import { Rows } from "~/ui/Rows";
import { SavedFilters } from "~/ui/SavedFilters";
import { Standing } from "~/ui/Standing";
import { When } from "~/ui/When";
import { nameOf, Who } from "~/ui/Who";

type Row = PersonRow & { id: string };
const { unconfirmed: _, ...standings } = t.standing;

/** Everybody, by what one asks for. */
export function PeoplePage() {
  const tools = (
    <>
      <SearchBox name="q" label={t.people.search} />
      <Pick name="standing" label={t.people.standing} choices={standings} />
      <Pick name="role" label={t.people.role} choices={t.people.roles} />
      <Pick name="origin" label={t.people.origin} choices={t.people.origins} />
      <Pick name="confirmed" label={t.people.confirmed} choices={t.people.confirmations} />
      <SortPick choices={t.people.sorts} />
      <SavedFilters />
    </>
  );
  return (
    <ListPage
      resource="people"
      title={t.places.people}
      says={t.people.says}
      tools={tools}
      fold
      csv={`${staff}/people.csv`}
    >
      <Rows<Row>
        empty={t.people.empty}
        nameOf={(row) => nameOf(row.person)}
        columns={[
          { label: t.people.person, cell: (row) => <Who person={row.person} /> },
          { label: t.people.standing, plain: true, cell: (row) => <Standing person={row.person} /> },
          {
            label: t.people.role,
            plain: true,
            cell: (row) => row.person.role.name && <span className="tag mine">{row.person.role.name}</span>,
          },
          { label: t.people.posts, number: true, cell: (row) => number(row.posts) },
          { label: t.people.followers, number: true, cell: (row) => number(row.followers) },
          {
            label: t.people.reports,
            number: true,
            cell: (row) => (row.reports > 0 ? <b className="danger">{number(row.reports)}</b> : "0"),
          },
          {
            label: t.people.lastActive,
            number: true,
            cell: (row) => <When at={row.last_active_at} never={t.people.never} />,
          },
          { label: t.people.joined, number: true, cell: (row) => <When at={row.person.created_at} /> },
        ]}
      />
    </ListPage>
  );
}
