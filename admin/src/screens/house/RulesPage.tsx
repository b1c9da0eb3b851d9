import { Button, IconButton, TextField } from "@mui/material";
import { ChevronDown, ChevronUp, Trash2 } from "lucide-react";
import { useState } from "react";
import type { House } from "~/api/types";
import { t } from "~/text";
import { Empty } from "~/ui/Empty";
import { explain } from "~/ui/explain";
import { PageHead } from "~/ui/PageHead";
import { useDo } from "~/ui/useDo";
import { useHouse } from "./useHouse";

type Put = ReturnType<typeof useHouse>["put"];

/** What people agree to, and what staff send. */
export function RulesPage() {
  const { house, error, put } = useHouse();
  return (
    <>
      <PageHead title={t.places.rules} says={t.rules.says} />
      {house ? (
        <div className="columns" style={{ marginTop: 0 }}>
          <RulesForm key={house.rules.map((rule) => rule.id).join()} rules={house.rules} put={put} />
          <section className="sheet padded">
            <h2>{t.rules.texts}</h2>
            <p className="soft small">{t.rules.textsSays}</p>
            <div className="stack">
              {house.texts.map((text) => (
                <TextForm key={text.name} text={text} put={put} />
              ))}
            </div>
          </section>
        </div>
      ) : (
        <Empty title={error ? t.errors.title : t.app.loading} says={error ? explain(error) : undefined} />
      )}
    </>
  );
}

type Draft = { key: string; id?: string; text: string; hint: string };

function RulesForm({ rules, put }: { rules: House["rules"]; put: Put }) {
  const [drafts, setDrafts] = useState<Draft[]>(rules.map((rule) => ({ ...rule, key: rule.id })));
  const { run, busy } = useDo();
  const edit = (key: string, change: Partial<Draft>) =>
    setDrafts(drafts.map((one) => (one.key === key ? { ...one, ...change } : one)));
  const move = (from: number, to: number) => {
    const next = [...drafts];
    const [one] = next.splice(from, 1);
    if (one) next.splice(to, 0, one);
    setDrafts(next);
  };
  const save = () => {
    const sent = drafts
      .filter((one) => one.text.trim())
      .map(({ id, text, hint }) => ({ id, text: text.trim(), hint: hint.trim() }));
    return run(() => put("rules", { rules: sent, reason: "" }), t.rules.saved);
  };
  return (
    <section className="sheet padded">
      <h2>{t.rules.rules}</h2>
      {drafts.length === 0 && <p className="soft">{t.rules.noRules}</p>}
      {drafts.map((one, at) => (
        <div className="rule" key={one.key}>
          <span className="number">{at + 1}</span>
          <div className="form" style={{ gap: 4 }}>
            <TextField
              label={t.rules.rule}
              value={one.text}
              onChange={(event) => edit(one.key, { text: event.target.value })}
              multiline
              fullWidth
              slotProps={{ htmlInput: { maxLength: 1000 } }}
            />
            <TextField
              label={t.rules.hint}
              value={one.hint}
              onChange={(event) => edit(one.key, { hint: event.target.value })}
              multiline
              fullWidth
              slotProps={{ htmlInput: { maxLength: 1000 } }}
            />
          </div>
          <span style={{ display: "grid" }}>
            <IconButton
              size="small"
              aria-label={t.rules.up(at + 1)}
              disabled={at === 0}
              onClick={() => move(at, at - 1)}
            >
              <ChevronUp size={18} />
            </IconButton>
            <IconButton
              size="small"
              aria-label={t.rules.down(at + 1)}
              disabled={at === drafts.length - 1}
              onClick={() => move(at, at + 1)}
            >
              <ChevronDown size={18} />
            </IconButton>
            <IconButton
              size="small"
              aria-label={t.rules.remove(at + 1)}
              onClick={() => setDrafts(drafts.filter((other) => other.key !== one.key))}
            >
              <Trash2 size={17} />
            </IconButton>
          </span>
        </div>
      ))}
      <div className="form-row" style={{ marginTop: 12 }}>
        <Button
          variant="outlined"
          onClick={() => setDrafts([...drafts, { key: crypto.randomUUID(), text: "", hint: "" }])}
        >
          {t.rules.add}
        </Button>
        <Button variant="contained" disabled={busy} onClick={() => void save()}>
          {t.rules.save}
        </Button>
      </div>
    </section>
  );
}

function TextForm({ text, put }: { text: House["texts"][number]; put: Put }) {
  const own = text.text === text.usual ? "" : text.text;
  const [value, setValue] = useState(own);
  const { run, busy } = useDo();
  return (
    <div>
      <TextField
        label={t.rules.names[text.name] ?? text.name}
        placeholder={text.usual}
        value={value}
        onChange={(event) => setValue(event.target.value)}
        multiline
        fullWidth
        slotProps={{ htmlInput: { maxLength: 1000 }, inputLabel: { shrink: true } }}
      />
      {value !== own && (
        <Button
          size="small"
          variant="contained"
          disabled={busy}
          onClick={() =>
            void run(() => put(`texts/${text.name}`, { text: value.trim(), reason: "" }), t.rules.savedText)
          }
        >
          {t.rules.save1}
        </Button>
      )}
    </div>
  );
}
