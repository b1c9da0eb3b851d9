import {
  IconButton,
  InputAdornment,
  MenuItem,
  TextField,
  ToggleButton,
  ToggleButtonGroup,
} from "@mui/material";
import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useListContext } from "react-admin";
import { t } from "~/text";

/** Sets one filter and keeps the others; an empty one is none. */
export function useFilter() {
  const { filterValues, setFilters } = useListContext();
  const set = (name: string, value: string) => {
    const { [name]: _, ...others } = filterValues;
    setFilters(value ? { ...others, [name]: value } : others);
  };
  const chosen = (name: string): string => String(filterValues[name] ?? "");
  return { set, chosen };
}

type SearchBoxProps = { name: string; label: string };

/** Words that are looked for; asked once the hand rests. */
export function SearchBox({ name, label }: SearchBoxProps) {
  const { set, chosen } = useFilter();
  const asked = chosen(name);
  const [text, setText] = useState(asked);
  const [before, setBefore] = useState(asked);
  if (asked !== before) {
    setBefore(asked);
    setText(asked);
  }
  useEffect(() => {
    if (text === asked) return;
    const timer = setTimeout(() => set(name, text), 350);
    return () => clearTimeout(timer);
  });
  return (
    <TextField
      label={label}
      value={text}
      onChange={(event) => setText(event.target.value)}
      sx={{ minWidth: { xs: "100%", sm: 260 }, margin: 0 }}
      slotProps={{
        input: {
          startAdornment: (
            <InputAdornment position="start">
              <Search size={16} aria-hidden="true" />
            </InputAdornment>
          ),
          endAdornment: text && (
            <InputAdornment position="end">
              <IconButton size="small" aria-label={t.list.clear} onClick={() => set(name, "")}>
                <X size={16} />
              </IconButton>
            </InputAdornment>
          ),
        },
      }}
    />
  );
}

type PickProps = { name: string; label: string; choices: Record<string, string>; first?: string };

/** One word of a list; `first` stands for not asking. */
export function Pick({ name, label, choices, first = "any" }: PickProps) {
  const { set, chosen } = useFilter();
  return (
    <TextField
      select
      label={label}
      value={chosen(name) || first}
      onChange={(event) => set(name, event.target.value === first ? "" : event.target.value)}
      sx={{ minWidth: 140, margin: 0 }}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      {Object.entries(choices).map(([value, says]) => (
        <MenuItem key={value} value={value}>
          {says}
        </MenuItem>
      ))}
    </TextField>
  );
}

type PillGroupProps = {
  label: string;
  value: string;
  choices: Record<string, string>;
  onChoose: (value: string) => void;
};

/** Two to four choices side by side. */
export function PillGroup({ label, value, choices, onChoose }: PillGroupProps) {
  return (
    <ToggleButtonGroup
      exclusive
      size="small"
      aria-label={label}
      value={value}
      onChange={(_, next: string | null) => next !== null && onChoose(next)}
      className="pill-group"
    >
      {Object.entries(choices).map(([one, says]) => (
        <ToggleButton key={one} value={one}>
          {says}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

/** A filter as pills, for the two or three words that matter most. */
export function Pills({ name, label, choices, first = "any" }: PickProps) {
  const { set, chosen } = useFilter();
  return (
    <PillGroup
      label={label}
      choices={choices}
      value={chosen(name) || first}
      onChoose={(value) => set(name, value === first ? "" : value)}
    />
  );
}

type SortPickProps = { choices: Record<string, string> };

/** In which order: a word of the server's. */
export function SortPick({ choices }: SortPickProps) {
  const { sort, setSort } = useListContext();
  const value = sort.field in choices ? sort.field : (Object.keys(choices)[0] ?? "");
  return (
    <TextField
      select
      label={t.list.sort}
      value={value}
      onChange={(event) => setSort({ field: event.target.value, order: "DESC" })}
      sx={{ minWidth: 150, margin: 0 }}
    >
      {Object.entries(choices).map(([word, says]) => (
        <MenuItem key={word} value={word}>
          {says}
        </MenuItem>
      ))}
    </TextField>
  );
}
