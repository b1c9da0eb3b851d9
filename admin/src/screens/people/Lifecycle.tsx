import { Button, Menu, MenuItem } from "@mui/material";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { useNotify } from "react-admin";
import { useNavigate } from "react-router";
import { answerOf, send, staff } from "~/api/ask";
import type { PersonFile, Ruling } from "~/api/types";
import { useMay } from "~/auth/session";
import { DecisionDialog } from "~/screens/cases/DecisionDialog";
import { DecisionForm } from "~/screens/cases/DecisionForm";
import type { Measure } from "~/screens/cases/measures";
import { t } from "~/text";
import { save } from "~/ui/csv";
import { ReasonDialog } from "~/ui/ReasonDialog";
import { useDo } from "~/ui/useDo";
import { useLater } from "~/ui/useLater";
import { nameOf } from "~/ui/Who";
import { RoleDialog } from "./RoleDialog";

type Doing = "decide" | "export" | "erase" | "role" | null;

/** What can be done about somebody now, by how they stand and what one may do. */
export function Lifecycle({ file }: { file: PersonFile & { id: string } }) {
  const [at, setAt] = useState<HTMLElement | null>(null);
  const [doing, setDoing] = useState<Doing>(null);
  const [chosen, setChosen] = useState<Measure[]>([]);
  const mayErase = useMay("delete_people");
  const mayGiveRoles = useMay("manage_roles");
  const { run } = useDo();
  const later = useLater("person-files");
  const notify = useNotify();
  const navigate = useNavigate();
  const { person, id } = file;
  const close = () => {
    setAt(null);
    setDoing(null);
  };
  const standing: [boolean, string, Record<string, unknown>][] = [
    [person.sensitized, "sensitive", { sensitized: false }],
    [person.silenced, "limit", { silenced: false }],
    [person.disabled, "freeze", { disabled: false }],
    [person.suspended, "suspend", { suspended: false }],
  ];
  // To give back what was taken can be undone by taking it again: nobody is asked.
  const restore = (measure: string, change: Record<string, unknown>) => {
    close();
    later.change(file, {
      act: "restore",
      values: { measure, reason: "" },
      shown: { person: { ...person, ...change } },
      said: t.people.restored,
    });
  };
  const choose = (next: Doing) => {
    setAt(null);
    setDoing(next);
  };
  const decide = async (ruling: Ruling) => {
    const said = t.cases.decided(ruling.measures.map((one) => t.cases.measures[one] ?? one).join(", "));
    if (await run(() => send("POST", `${staff}/accounts/${id}/decision`, ruling), said)) close();
  };
  const fetchExport = async (reason: string) => {
    const got = await run(async () => {
      const response = await answerOf(`${staff}/people/${id}/export`, { method: "POST", json: { reason } });
      save(await response.blob(), `${person.username}.json`);
    }, t.people.exported);
    if (got) close();
  };
  return (
    <>
      <Button variant="contained" onClick={() => setDoing("decide")}>
        {t.people.decide}
      </Button>
      <Button
        variant="outlined"
        endIcon={<ChevronDown size={16} />}
        onClick={(event) => setAt(event.currentTarget)}
      >
        {t.app.more}
      </Button>
      <Menu anchorEl={at} open={at !== null} onClose={() => setAt(null)}>
        <MenuItem component="a" href={`/@${person.username}`} target="_blank" rel="noreferrer">
          {t.people.profile}
        </MenuItem>
        {standing
          .filter(([holds]) => holds)
          .map(([, measure, change]) => (
            <MenuItem key={measure} onClick={() => restore(measure, change)}>
              {t.people.restore[measure]}
            </MenuItem>
          ))}
        {mayGiveRoles && <MenuItem onClick={() => choose("role")}>{t.people.giveRole}</MenuItem>}
        <MenuItem onClick={() => choose("export")}>{t.people.exportGo}</MenuItem>
        {mayErase && person.suspended && (
          <MenuItem onClick={() => choose("erase")} className="danger">
            {t.people.erase}
          </MenuItem>
        )}
      </Menu>
      {doing === "decide" && (
        <DecisionDialog title={t.people.decideTitle(nameOf(person))} onClose={close}>
          <DecisionForm reported={false} chosen={chosen} onChoose={setChosen} onDecide={decide} />
        </DecisionDialog>
      )}
      {doing === "export" && (
        <ReasonDialog
          title={t.people.exportGo}
          says={t.people.exportSays}
          go={t.people.exportGo}
          needed
          onClose={close}
          onGo={fetchExport}
        />
      )}
      {doing === "erase" && (
        <ReasonDialog
          title={t.people.erase}
          says={t.people.eraseSays}
          go={t.people.erase}
          danger
          onClose={close}
          onGo={async (reason) => {
            if (await run(() => send("DELETE", `/api/v1/admin/accounts/${id}`, { reason }))) {
              notify(t.people.erased);
              navigate("/people");
            }
          }}
        />
      )}
      {doing === "role" && <RoleDialog person={person} onClose={close} />}
    </>
  );
}
