import { MenuItem, TextField } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { read, send, staff } from "~/api/ask";
import type { Person, Roles } from "~/api/types";
import { t } from "~/text";
import { ReasonDialog } from "~/ui/ReasonDialog";
import { useDo } from "~/ui/useDo";
import { nameOf } from "~/ui/Who";

type RoleDialogProps = { person: Person; onClose: () => void };

export const rolesKey = ["roles"] as const;
export const useRoles = () => useQuery({ queryKey: rolesKey, queryFn: () => read<Roles>(`${staff}/roles`) });

/** Gives somebody a role, or takes it. The server asks for the password. */
export function RoleDialog({ person, onClose }: RoleDialogProps) {
  const { data } = useRoles();
  const [role, setRole] = useState("member");
  const { run } = useDo();
  const go = async (reason: string) => {
    if (
      await run(
        () => send("POST", `${staff}/accounts/${person.id}/role`, { role, reason }),
        t.people.roleGiven,
      )
    )
      onClose();
  };
  return (
    <ReasonDialog
      title={`${t.people.giveRole}: ${nameOf(person)}`}
      go={t.people.giveRole}
      onClose={onClose}
      onGo={go}
    >
      <TextField
        select
        label={t.people.role}
        value={role}
        onChange={(event) => setRole(event.target.value)}
        fullWidth
      >
        {Object.entries(t.people.fixedRoles).map(([value, says]) => (
          <MenuItem key={value} value={value}>
            {says}
          </MenuItem>
        ))}
        {data?.roles.map((one) => (
          <MenuItem key={one.id} value={one.id}>
            {one.name}
          </MenuItem>
        ))}
      </TextField>
    </ReasonDialog>
  );
}
