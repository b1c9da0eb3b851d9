import { Button, TextField } from "@mui/material";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { read, send, staff } from "~/api/ask";
import type { Note } from "~/api/types";
import { t } from "~/text";
import { useDo } from "~/ui/useDo";
import { When } from "~/ui/When";
import { Who } from "~/ui/Who";

/** What the team tells itself about somebody. */
export function NotesTab({ id }: { id: string }) {
  const path = `${staff}/people/${id}/notes`;
  const queryKey = ["notes", id];
  const { data = [], isSuccess } = useQuery({ queryKey, queryFn: () => read<Note[]>(path) });
  const cache = useQueryClient();
  const { run, busy } = useDo();
  const [text, setText] = useState("");
  const add = async (event: FormEvent) => {
    event.preventDefault();
    if (await run(() => send("POST", path, { text: text.trim() }))) setText("");
    await cache.invalidateQueries({ queryKey });
  };
  const remove = async (note: Note) => {
    await run(() => send("DELETE", `${path}/${note.id}`));
    await cache.invalidateQueries({ queryKey });
  };
  return (
    <section className="sheet padded stack">
      <form onSubmit={add} className="form">
        <TextField
          label={t.people.note}
          value={text}
          onChange={(event) => setText(event.target.value)}
          multiline
          minRows={2}
          required
          slotProps={{ htmlInput: { maxLength: 2000 }, inputLabel: { required: false } }}
          fullWidth
        />
        <div className="form-row">
          <Button type="submit" variant="contained" disabled={busy || !text.trim()}>
            {t.people.addNote}
          </Button>
        </div>
      </form>
      {isSuccess && data.length === 0 && <p className="soft">{t.people.noNotes}</p>}
      <ul className="attention">
        {data.map((note) => (
          <li key={note.id} style={{ padding: "10px 0" }}>
            <div className="form-row small soft">
              <Who person={note.by} size="small" />
              <When at={note.created_at} />
              {note.own && (
                <Button size="small" onClick={() => void remove(note)} sx={{ ml: "auto" }}>
                  {t.people.removeNote}
                </Button>
              )}
            </div>
            <p className="words" dir="auto">
              {note.text}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
