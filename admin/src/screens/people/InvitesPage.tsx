import { Button, TextField } from "@mui/material";
import { useState } from "react";
import { useNotify } from "react-admin";
import { send, staff } from "~/api/ask";
import type { Invite } from "~/api/types";
import { t } from "~/text";
import { fullTime } from "~/text/words";
import { FormDialog } from "~/ui/FormDialog";
import { ListPage } from "~/ui/ListPage";
import { PersonById } from "~/ui/PersonById";
import { Rows } from "~/ui/Rows";
import { useDo } from "~/ui/useDo";
import { useLater } from "~/ui/useLater";
import { When } from "~/ui/When";

/** Links that let people in. */
export function InvitesPage() {
  const [making, setMaking] = useState(false);
  const later = useLater("invites");
  const notify = useNotify();
  const copy = async (invite: Invite) => {
    await navigator.clipboard.writeText(invite.url);
    notify(t.invites.copied);
  };
  const make = (
    <Button variant="contained" onClick={() => setMaking(true)}>
      {t.invites.make}
    </Button>
  );
  return (
    <ListPage
      resource="invites"
      csv={{ url: "url", by: "by", uses: "uses", used: "used", made: "created_at", until: "expires_at" }}
      title={t.places.invites}
      says={t.invites.says}
      actions={make}
      sort="id"
    >
      <Rows<Invite>
        empty={t.invites.empty}
        nameOf={(row) => row.url}
        columns={[
          { label: t.invites.link, cell: (row) => <span className="mono">{row.url}</span> },
          { label: t.invites.usedTitle, plain: true, cell: (row) => t.invites.used(row.used, row.uses) },
          {
            label: t.invites.valid,
            plain: true,
            cell: (row) => (row.expires_at ? t.invites.until(fullTime(row.expires_at)) : t.invites.forGood),
          },
          { label: t.invites.by, cell: (row) => <PersonById id={row.by} /> },
          {
            label: t.invites.cameTitle,
            cell: (row) => (
              <span className="stack" style={{ gap: 4 }}>
                {row.came.slice(0, 5).map((id) => (
                  <PersonById key={id} id={id} />
                ))}
                {row.came.length === 0 && <span className="faint">{t.app.none}</span>}
              </span>
            ),
          },
          { label: t.audit.when, plain: true, cell: (row) => <When at={row.created_at} /> },
        ]}
        actions={(row) => (
          <span className="form-row" style={{ justifyContent: "flex-end", flexWrap: "nowrap" }}>
            <Button size="small" variant="outlined" onClick={() => void copy(row)}>
              {t.invites.copy}
            </Button>
            <Button size="small" onClick={() => later.remove(row, { said: t.invites.ended })}>
              {t.invites.end}
            </Button>
          </span>
        )}
      />
      {making && <MakeInvite onClose={() => setMaking(false)} />}
    </ListPage>
  );
}

function MakeInvite({ onClose }: { onClose: () => void }) {
  const [uses, setUses] = useState("1");
  const [days, setDays] = useState("7");
  const { run, busy } = useDo();
  const submit = async () => {
    const form = { uses: Number(uses), ...(days && { days: Number(days) }) };
    if (await run(() => send("POST", `${staff}/invites`, form), t.invites.made)) onClose();
  };
  return (
    <FormDialog
      title={t.invites.make}
      go={t.invites.make}
      held={busy}
      width="xs"
      onClose={onClose}
      onSubmit={submit}
    >
      <TextField
        label={t.invites.uses}
        type="number"
        value={uses}
        onChange={(event) => setUses(event.target.value)}
        required
        slotProps={{ htmlInput: { min: 1, max: 1000 } }}
      />
      <TextField
        label={t.invites.days}
        helperText={t.invites.daysHelp}
        type="number"
        value={days}
        onChange={(event) => setDays(event.target.value)}
        slotProps={{ htmlInput: { min: 1, max: 3650 } }}
      />
    </FormDialog>
  );
}
