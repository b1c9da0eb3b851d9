import { Button } from "@mui/material";
import { useState } from "react";
import { useListContext } from "react-admin";
import { send, staff } from "~/api/ask";
import { hideDone } from "~/api/hidden";
import type { PersonRow } from "~/api/types";
import { t } from "~/text";
import { ListPage } from "~/ui/ListPage";
import { ReasonDialog } from "~/ui/ReasonDialog";
import { Rows } from "~/ui/Rows";
import { useDo } from "~/ui/useDo";
import { useLater } from "~/ui/useLater";
import { When } from "~/ui/When";
import { nameOf, Who } from "~/ui/Who";

type Row = PersonRow & { id: string };

/** Who waits to be let in; one by one or many at once. */
export function SignUpsPage() {
  return (
    <ListPage
      resource="sign-ups"
      title={t.places["sign-ups"]}
      says={t.signUps.says}
      sort="oldest"
      perPage={50}
    >
      <Waiting />
    </ListPage>
  );
}

function Waiting() {
  const later = useLater("sign-ups");
  const { run } = useDo();
  const { onUnselectItems } = useListContext<Row>();
  const [rejecting, setRejecting] = useState<string[]>([]);
  // Whoever is let in cannot be put back into the queue; until the words fade, they are not in yet.
  const approve = (ids: string[]) =>
    later.changeMany(ids, {
      values: { approve: true },
      shown: { gone: true },
      said: t.signUps.approved(ids.length),
      onDone: onUnselectItems,
    });
  const reject = async (reason: string) => {
    const sent = { account_ids: rejecting, approve: false, reason };
    if (
      await run(async () => {
        await send("POST", `${staff}/sign-ups`, sent);
        hideDone("sign-ups", rejecting);
      }, t.signUps.rejected(rejecting.length))
    ) {
      setRejecting([]);
      onUnselectItems();
    }
  };
  return (
    <>
      <Rows<Row>
        empty={t.signUps.empty}
        nameOf={(row) => nameOf(row.person)}
        bulk={(ids) => (
          <>
            <Button size="small" variant="contained" onClick={() => approve(ids)}>
              {t.signUps.approve}
            </Button>
            <Button size="small" variant="outlined" onClick={() => setRejecting(ids)}>
              {t.signUps.reject}
            </Button>
          </>
        )}
        columns={[
          { label: t.people.person, cell: (row) => <Who person={row.person} /> },
          {
            label: t.signUps.why,
            plain: true,
            cell: (row) =>
              row.person.invite_request ? (
                <span className="words clip2">{row.person.invite_request}</span>
              ) : (
                <span className="faint">{t.signUps.noWords}</span>
              ),
          },
          {
            label: t.people.email,
            plain: true,
            cell: (row) => <span className="small soft">{row.person.email}</span>,
          },
          { label: t.people.joined, plain: true, cell: (row) => <When at={row.person.created_at} /> },
        ]}
        actions={(row) => (
          <span className="form-row" style={{ justifyContent: "flex-end", flexWrap: "nowrap" }}>
            <Button size="small" variant="outlined" onClick={() => setRejecting([row.id])}>
              {t.signUps.reject}
            </Button>
            <Button size="small" variant="contained" onClick={() => approve([row.id])}>
              {t.signUps.approve}
            </Button>
          </span>
        )}
      />
      {rejecting.length > 0 && (
        <ReasonDialog
          title={t.signUps.reject}
          go={t.signUps.reject}
          label={t.signUps.tell}
          onClose={() => setRejecting([])}
          onGo={reject}
        />
      )}
    </>
  );
}
