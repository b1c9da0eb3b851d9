import { Button, MenuItem, TextField } from "@mui/material";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { read, send, staff } from "~/api/ask";
import type { SettingsView } from "~/api/types";
import { t } from "~/text";
import { Empty } from "~/ui/Empty";
import { explain } from "~/ui/explain";
import { PageHead } from "~/ui/PageHead";
import { useDo } from "~/ui/useDo";

const key = ["settings"] as const;
const path = `${staff}/settings`;
const texts = ["title", "description", "contact_email", "strangers_per_hour"] as const;

/** What the community says of itself, and who may join. */
export function SettingsPage() {
  const { data, error } = useQuery({ queryKey: key, queryFn: () => read<SettingsView>(path) });
  return (
    <>
      <PageHead title={t.places.settings} says={t.settings.says} />
      {data ? (
        <SettingsForm settings={data} />
      ) : (
        <Empty title={error ? t.errors.title : t.app.loading} says={error ? explain(error) : undefined} />
      )}
    </>
  );
}

function SettingsForm({ settings }: { settings: SettingsView }) {
  const cache = useQueryClient();
  const { run, busy } = useDo();
  const first = {
    title: settings.title.changed ? settings.title.value : "",
    description: settings.description.changed ? settings.description.value : "",
    contact_email: settings.contact_email.changed ? settings.contact_email.value : "",
    strangers_per_hour: settings.strangers_per_hour.changed ? settings.strangers_per_hour.value : "",
    registrations: settings.registrations.changed ? settings.registrations.value : "usual",
  };
  const [values, setValues] = useState(first);
  const [reason, setReason] = useState("");
  const changed = Object.entries(values).filter(
    ([name, value]) => value !== Object.entries(first).find(([other]) => other === name)?.[1],
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await run(async () => {
      cache.setQueryData(
        key,
        await send<SettingsView>("PATCH", path, { ...Object.fromEntries(changed), reason }),
      );
      setReason("");
    }, t.settings.saved);
  };
  return (
    <form className="sheet padded form" onSubmit={submit} style={{ maxWidth: 680 }}>
      {texts.map((name) => (
        <TextField
          key={name}
          label={t.settings[name]}
          value={values[name]}
          placeholder={settings[name].usual}
          helperText={t.settings.usual(settings[name].usual)}
          onChange={(event) => setValues({ ...values, [name]: event.target.value })}
          multiline={name === "description"}
          minRows={name === "description" ? 3 : undefined}
          slotProps={{
            inputLabel: { shrink: true },
            htmlInput: name === "strangers_per_hour" ? { inputMode: "numeric" } : undefined,
          }}
          fullWidth
        />
      ))}
      <TextField
        select
        label={t.settings.registrations}
        value={values.registrations}
        helperText={t.settings.usual(
          t.settings.choices[settings.registrations.usual] ?? settings.registrations.usual,
        )}
        onChange={(event) => setValues({ ...values, registrations: event.target.value })}
        fullWidth
      >
        {Object.entries(t.settings.choices).map(([value, says]) => (
          <MenuItem key={value} value={value}>
            {says}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        label={t.app.reason}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 1000 } }}
        fullWidth
      />
      <div className="form-row">
        <Button type="submit" variant="contained" disabled={busy || changed.length === 0}>
          {t.app.save}
        </Button>
      </div>
    </form>
  );
}
