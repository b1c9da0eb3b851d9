import { Button } from "@mui/material";
import { useState } from "react";
import { send, staff } from "~/api/ask";
import type { Person, Role } from "~/api/types";
import { RoleDialog, useRoles } from "~/screens/people/RoleDialog";
import { t } from "~/text";
import { ListPage } from "~/ui/ListPage";
import { PageHead } from "~/ui/PageHead";
import { ReasonDialog } from "~/ui/ReasonDialog";
import { Rows } from "~/ui/Rows";
import { useDo } from "~/ui/useDo";
import { nameOf, Who } from "~/ui/Who";
import { RoleForm } from "./RoleForm";

/** Who has which role, and what roles allow. */
export function TeamPage() {
  const [giving, setGiving] = useState<Person | null>(null);
  const [editing, setEditing] = useState<Role | "new" | null>(null);
  const [removing, setRemoving] = useState<Role | null>(null);
  const { data } = useRoles();
  const { run } = useDo();
  const make = (
    <Button variant="contained" onClick={() => setEditing("new")}>
      {t.team.make}
    </Button>
  );
  return (
    <>
      <PageHead title={t.places.team} says={t.team.says} actions={make} />
      <h2 className="title">{t.team.people}</h2>
      <ListPage resource="team" title="team" inner sort="id">
        <Rows<Person>
          empty={t.list.empty}
          nameOf={nameOf}
          columns={[
            { label: t.people.person, cell: (row) => <Who person={row} /> },
            {
              label: t.people.role,
              plain: true,
              cell: (row) => <span className="tag mine">{row.role.name}</span>,
            },
          ]}
          actions={(row) => (
            <Button size="small" variant="outlined" onClick={() => setGiving(row)}>
              {t.people.giveRole}
            </Button>
          )}
        />
      </ListPage>
      <h2 className="title" style={{ marginTop: 24 }}>
        {t.team.roles}
      </h2>
      <ListPage resource="roles" title="roles" inner sort="id">
        <Rows<Role>
          empty={t.team.empty}
          nameOf={(row) => row.name}
          columns={[
            { label: t.team.name, cell: (row) => <b>{row.name}</b> },
            { label: t.team.rank, number: true, cell: (row) => row.rank },
            {
              label: t.team.permissions,
              plain: true,
              cell: (row) => (
                <span className="small soft">
                  {row.permissions.map((one) => t.team.names[one] ?? one).join(", ")}
                </span>
              ),
            },
          ]}
          actions={(row) => (
            <span className="form-row" style={{ justifyContent: "flex-end", flexWrap: "nowrap" }}>
              <Button size="small" onClick={() => setRemoving(row)}>
                {t.team.remove}
              </Button>
              <Button size="small" variant="outlined" onClick={() => setEditing(row)}>
                {t.team.edit}
              </Button>
            </span>
          )}
        />
      </ListPage>
      {giving && <RoleDialog person={giving} onClose={() => setGiving(null)} />}
      {editing && data && (
        <RoleForm
          role={editing === "new" ? null : editing}
          permissions={data.permissions}
          onClose={() => setEditing(null)}
        />
      )}
      {removing && (
        <ReasonDialog
          title={`${t.team.remove}: ${removing.name}`}
          go={t.team.remove}
          danger
          onClose={() => setRemoving(null)}
          onGo={async (reason) => {
            if (await run(() => send("DELETE", `${staff}/roles/${removing.id}`, { reason }), t.team.removed))
              setRemoving(null);
          }}
        />
      )}
    </>
  );
}
