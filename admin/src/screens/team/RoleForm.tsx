import { Checkbox, FormControlLabel, TextField } from "@mui/material";
import { useState } from "react";
import { send, staff } from "~/api/ask";
import type { Role } from "~/api/types";
import { t } from "~/text";
import { FormDialog } from "~/ui/FormDialog";
import { useDo } from "~/ui/useDo";

type RoleFormProps = { role: Role | null; permissions: readonly string[]; onClose: () => void };

/** A role of the community's own: its name, its rank, what it allows. The server asks for the password. */
export function RoleForm({ role, permissions, onClose }: RoleFormProps) {
  const [name, setName] = useState(role?.name ?? "");
  const [color, setColor] = useState(role?.color ?? "");
  const [rank, setRank] = useState(String(role?.rank ?? 10));
  const [highlighted, setHighlighted] = useState(role?.highlighted ?? false);
  const [allowed, setAllowed] = useState<string[]>(role?.permissions ?? []);
  const { run, busy } = useDo();
  const submit = async () => {
    const form = {
      name: name.trim(),
      color: color.trim(),
      highlighted,
      rank: Number(rank),
      permissions: allowed,
      reason: "",
    };
    const path = role ? `${staff}/roles/${role.id}` : `${staff}/roles`;
    if (await run(() => send(role ? "PUT" : "POST", path, form), t.team.saved)) onClose();
  };
  const toggle = (one: string) =>
    setAllowed(allowed.includes(one) ? allowed.filter((other) => other !== one) : [...allowed, one]);
  const plain = { inputLabel: { required: false } };
  return (
    <FormDialog
      title={role ? t.team.edit : t.team.make}
      go={t.app.save}
      held={busy || !name.trim()}
      onClose={onClose}
      onSubmit={submit}
    >
      <div className="form-row">
        <TextField
          label={t.team.name}
          value={name}
          onChange={(event) => setName(event.target.value)}
          required
          autoFocus
          slotProps={{ ...plain, htmlInput: { maxLength: 30 } }}
        />
        <TextField
          label={t.team.rank}
          helperText={t.team.rankHelp}
          type="number"
          value={rank}
          onChange={(event) => setRank(event.target.value)}
          required
          slotProps={{ ...plain, htmlInput: { min: 1, max: 999 } }}
        />
      </div>
      <div className="form-row">
        <TextField
          label={t.team.color}
          helperText={t.team.colorHelp}
          value={color}
          onChange={(event) => setColor(event.target.value)}
          slotProps={{ htmlInput: { pattern: "#[0-9a-fA-F]{6}" } }}
        />
        <FormControlLabel
          control={
            <Checkbox checked={highlighted} onChange={(event) => setHighlighted(event.target.checked)} />
          }
          label={t.team.highlighted}
        />
      </div>
      <fieldset className="checks">
        <legend>{t.team.permissions}</legend>
        {permissions.map((one) => (
          <FormControlLabel
            key={one}
            control={<Checkbox size="small" checked={allowed.includes(one)} onChange={() => toggle(one)} />}
            label={t.team.names[one] ?? one}
          />
        ))}
      </fieldset>
    </FormDialog>
  );
}
