import { Button, Checkbox, FormControlLabel, TextField } from "@mui/material";
import { useState } from "react";
import { send, staff } from "~/api/ask";
import type { Announcement } from "~/api/types";
import { t } from "~/text";
import { fullTime } from "~/text/words";
import { Pills } from "~/ui/Filters";
import { FormDialog } from "~/ui/FormDialog";
import { ListPage } from "~/ui/ListPage";
import { Rows } from "~/ui/Rows";
import { useDo } from "~/ui/useDo";
import { useLater } from "~/ui/useLater";
import { When } from "~/ui/When";

const tones: Record<string, string> = { draft: "", published: "good", withdrawn: "warm" };

/** What everybody is told. */
export function AnnouncementsPage() {
  const [editing, setEditing] = useState<Announcement | "new" | null>(null);
  const { run } = useDo();
  const later = useLater("announcements");
  const act = (row: Announcement, verb: string, said: string) =>
    run(() => send("POST", `${staff}/announcements/${row.id}/${verb}`, { reason: "" }), said);
  const make = (
    <Button variant="contained" onClick={() => setEditing("new")}>
      {t.announcements.make}
    </Button>
  );
  return (
    <ListPage
      resource="announcements"
      title={t.places.announcements}
      says={t.announcements.says}
      actions={make}
      sort="id"
      tools={<Pills name="state" label={t.errorGroups.state} choices={t.announcements.states} />}
    >
      <Rows<Announcement>
        empty={t.announcements.empty}
        nameOf={(row) => row.text}
        columns={[
          {
            label: t.announcements.text,
            cell: (row) => (
              <div className="clip2 words" dir="auto">
                {row.text}
              </div>
            ),
          },
          {
            label: t.errorGroups.state,
            plain: true,
            cell: (row) => (
              <span className={`tag ${tones[row.state]}`}>{t.announcements.states[row.state]}</span>
            ),
          },
          {
            label: t.announcements.shown,
            plain: true,
            cell: (row) =>
              row.starts_at && (
                <span className="small soft">
                  {t.announcements.span(fullTime(row.starts_at), row.ends_at ? fullTime(row.ends_at) : "…")}
                </span>
              ),
          },
          {
            label: t.audit.when,
            plain: true,
            cell: (row) => <When at={row.published_at ?? row.created_at} />,
          },
        ]}
        actions={(row) => (
          <span className="form-row" style={{ justifyContent: "flex-end", flexWrap: "nowrap" }}>
            <Button size="small" onClick={() => later.remove(row, { said: t.announcements.removed })}>
              {t.announcements.remove}
            </Button>
            <Button size="small" variant="outlined" onClick={() => setEditing(row)}>
              {t.announcements.edit}
            </Button>
            {row.state === "published" ? (
              <Button
                size="small"
                variant="outlined"
                onClick={() => void act(row, "withdraw", t.announcements.withdrawn)}
              >
                {t.announcements.withdraw}
              </Button>
            ) : (
              <Button
                size="small"
                variant="contained"
                onClick={() => void act(row, "publish", t.announcements.published)}
              >
                {t.announcements.publish}
              </Button>
            )}
          </span>
        )}
      />
      {editing && <Edit announcement={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
    </ListPage>
  );
}

/** What `<input type="datetime-local">` takes, in the time of this place. */
function local(iso: string | null): string {
  if (!iso) return "";
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
const instant = (text: string) => (text ? new Date(text).toISOString() : null);

function Edit({ announcement, onClose }: { announcement: Announcement | null; onClose: () => void }) {
  const [text, setText] = useState(announcement?.text ?? "");
  const [starts, setStarts] = useState(local(announcement?.starts_at ?? null));
  const [ends, setEnds] = useState(local(announcement?.ends_at ?? null));
  const [allDay, setAllDay] = useState(announcement?.all_day ?? false);
  const { run, busy } = useDo();
  const submit = async (publish: boolean) => {
    const form = {
      text: text.trim(),
      starts_at: instant(starts),
      ends_at: instant(ends),
      all_day: allDay,
      reason: "",
    };
    const done = announcement
      ? await run(() => send("PUT", `${staff}/announcements/${announcement.id}`, form), t.app.saved)
      : await run(
          () => send("POST", `${staff}/announcements`, { ...form, publish }),
          publish ? t.announcements.published : t.announcements.kept,
        );
    if (done) onClose();
  };
  const shrink = { inputLabel: { shrink: true } };
  return (
    <FormDialog
      title={announcement ? t.announcements.edit : t.announcements.make}
      go={announcement ? t.app.save : t.announcements.publish}
      held={busy || !text.trim()}
      others={
        !announcement && (
          <Button variant="outlined" disabled={busy || !text.trim()} onClick={() => void submit(false)}>
            {t.announcements.saveDraft}
          </Button>
        )
      }
      onClose={onClose}
      onSubmit={() => submit(true)}
    >
      <TextField
        label={t.announcements.text}
        value={text}
        onChange={(event) => setText(event.target.value)}
        multiline
        minRows={4}
        required
        autoFocus
        fullWidth
        slotProps={{ htmlInput: { maxLength: 5000 }, inputLabel: { required: false } }}
      />
      <div className="form-row">
        <TextField
          type="datetime-local"
          label={t.announcements.starts}
          value={starts}
          onChange={(event) => setStarts(event.target.value)}
          slotProps={shrink}
        />
        <TextField
          type="datetime-local"
          label={t.announcements.ends}
          value={ends}
          onChange={(event) => setEnds(event.target.value)}
          slotProps={shrink}
        />
      </div>
      <FormControlLabel
        control={<Checkbox checked={allDay} onChange={(event) => setAllDay(event.target.checked)} />}
        label={t.announcements.allDay}
      />
    </FormDialog>
  );
}
