import { Button } from "@mui/material";
import { useState } from "react";
import { send, staff } from "~/api/ask";
import type { Appeal } from "~/api/types";
import { t } from "~/text";
import { Pills } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";
import { ReasonDialog } from "~/ui/ReasonDialog";
import { Rows } from "~/ui/Rows";
import { useDo } from "~/ui/useDo";
import { When } from "~/ui/When";
import { nameOf, Who } from "~/ui/Who";

type Hearing = { appeal: Appeal; accept: boolean };

/** Appeals, heard by somebody else than who decided. */
export function AppealsPage() {
  const [hearing, setHearing] = useState<Hearing | null>(null);
  const { run } = useDo();
  const tools = (
    <Pills
      name="state"
      label={t.appeals.pending}
      choices={{ pending: t.appeals.pending, decided: t.appeals.decided }}
      first="pending"
    />
  );
  return (
    <ListPage resource="appeals" title={t.places.appeals} says={t.appeals.says} tools={tools}>
      <Rows<Appeal>
        empty={t.appeals.empty}
        nameOf={(row) => nameOf(row.account)}
        columns={[
          { label: t.people.person, cell: (row) => <Who person={row.account} /> },
          {
            label: t.appeals.words,
            plain: true,
            cell: (row) => (
              <div className="words" dir="auto">
                {row.text}
              </div>
            ),
          },
          {
            label: t.appeals.against,
            cell: (row) => (
              <div className="stack" style={{ gap: 4 }}>
                <span>
                  {row.decision.measures.map((one) => (
                    <span key={one} className="tag plain">
                      {t.cases.measures[one] ?? one}
                    </span>
                  ))}
                </span>
                {row.decision.message && <span className="soft small clip2">{row.decision.message}</span>}
              </div>
            ),
          },
          {
            label: t.appeals.states.pending ?? "",
            plain: true,
            cell: (row) => <span className="tag">{t.appeals.states[row.state]}</span>,
          },
          { label: t.audit.when, plain: true, cell: (row) => <When at={row.created_at} /> },
        ]}
        actions={(row) =>
          row.state === "pending" && (
            <span className="form-row" style={{ justifyContent: "flex-end" }}>
              <Button
                size="small"
                variant="outlined"
                onClick={() => setHearing({ appeal: row, accept: false })}
              >
                {t.appeals.reject}
              </Button>
              <Button
                size="small"
                variant="contained"
                onClick={() => setHearing({ appeal: row, accept: true })}
              >
                {t.appeals.accept}
              </Button>
            </span>
          )
        }
      />
      {hearing && (
        <ReasonDialog
          title={hearing.accept ? t.appeals.accept : t.appeals.reject}
          go={hearing.accept ? t.appeals.accept : t.appeals.reject}
          onClose={() => setHearing(null)}
          onGo={async (reason) => {
            const { appeal, accept } = hearing;
            const done = await run(
              () => send("POST", `${staff}/appeals/${appeal.id}/decision`, { accept, reason }),
              accept ? t.appeals.accepted : t.appeals.rejected,
            );
            if (done) setHearing(null);
          }}
        />
      )}
    </ListPage>
  );
}
