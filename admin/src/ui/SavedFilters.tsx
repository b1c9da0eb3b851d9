import { Button, IconButton, Menu, MenuItem, TextField } from "@mui/material";
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
      <Menu anchorEl={at} open={at !== null} onClose={() => setAt(null)}>
        {saved.length === 0 && (
          <MenuItem disabled sx={{ whiteSpace: "normal", maxWidth: 280 }}>
            {t.list.noSaved}
          </MenuItem>
        )}
        {saved.map((one) => (
          <MenuItem key={one.name} onClick={() => take(one)}>
            <span style={{ flex: 1 }}>{one.name}</span>
            <IconButton
              size="small"
              aria-label={t.list.forget(one.name)}
              onClick={(event) => {
                event.stopPropagation();
                setSaved(saved.filter((other) => other.name !== one.name));
              }}
            >
              <X size={14} />
            </IconButton>
          </MenuItem>
        ))}
        {isSet && (
          <li>
            <form onSubmit={keep} className="form-row" style={{ padding: "8px 16px" }}>
              {/* The menu would take the letters for the first letters of its entries. */}
              <TextField
                label={t.list.saveName}
                value={name}
                onChange={(event) => setName(event.target.value)}
                onKeyDown={(event) => event.stopPropagation()}
                required
                sx={{ width: 170 }}
              />
              <Button type="submit" variant="contained" disabled={!name.trim()}>
                {t.list.saveThis}
              </Button>
            </form>
          </li>
        )}
      </Menu>
    </>
  );
}
