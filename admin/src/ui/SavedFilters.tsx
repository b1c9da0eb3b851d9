import { Button, IconButton, Popover, TextField } from "@mui/material";
import { Bookmark, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useListContext, useStore } from "react-admin";
import { t } from "~/text";

type Saved = {
  name: string;
  filter: Record<string, unknown>;
  sort: { field: string; order: "ASC" | "DESC" };
};
/** More would be a list to search in. */
const most = 20;

/** Filters by name, kept in this browser. */
export function SavedFilters() {
  const { resource, filterValues, sort, setFilters, setSort } = useListContext();
  const [saved, setSaved] = useStore<Saved[]>(`saved.${resource}`, []);
  const [at, setAt] = useState<HTMLElement | null>(null);
  const [name, setName] = useState("");
  const keep = (event: FormEvent) => {
    event.preventDefault();
    const others = saved.filter((one) => one.name !== name.trim());
    setSaved([...others, { name: name.trim(), filter: filterValues, sort }].slice(-most));
    setName("");
    setAt(null);
  };
  const take = (one: Saved) => {
    setFilters(one.filter);
    setSort(one.sort);
    setAt(null);
  };
  const isSet = Object.keys(filterValues).length > 0;
  return (
    <>
      <Button
        variant="outlined"
        startIcon={<Bookmark size={16} />}
        onClick={(event) => setAt(event.currentTarget)}
      >
        {t.list.saved}
      </Button>
      <Popover
        anchorEl={at}
        open={at !== null}
        onClose={() => setAt(null)}
        anchorOrigin={{ vertical: "bottom", horizontal: "left" }}
        slotProps={{ paper: { "aria-label": t.list.saved, role: "dialog", className: "saved" } }}
      >
        {saved.length === 0 && !isSet && <p className="soft small">{t.list.noSaved}</p>}
        {saved.map((one) => (
          <div key={one.name} className="form-row">
            <Button onClick={() => take(one)} sx={{ flex: 1, justifyContent: "flex-start" }}>
              {one.name}
            </Button>
            <IconButton
              size="small"
              aria-label={t.list.forget(one.name)}
              onClick={() => setSaved(saved.filter((other) => other.name !== one.name))}
            >
              <X size={14} />
            </IconButton>
          </div>
        ))}
        {isSet && (
          <form onSubmit={keep} className="form-row">
            <TextField
              label={t.list.saveName}
              value={name}
              onChange={(event) => setName(event.target.value)}
              required
              slotProps={{ inputLabel: { required: false }, htmlInput: { maxLength: 40 } }}
              sx={{ width: 170, margin: 0 }}
            />
            <Button type="submit" variant="contained" disabled={!name.trim()}>
              {t.list.saveThis}
            </Button>
          </form>
        )}
      </Popover>
    </>
  );
}
