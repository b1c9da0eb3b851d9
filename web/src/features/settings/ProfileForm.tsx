import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { interests as usedHere } from "@/api/endpoints";
import type { CredentialAccount } from "@/api/types";
import { useMe } from "@/app/useSession";
import { useForm } from "@/features/welcome/useForm";
import { t } from "@/text";
import { plainText } from "@/text/readHtml";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { sayError } from "@/ui/toast";
import { useSaveProfile } from "./useSaveProfile";

export function ProfileForm() {
  const me = useMe();
  return me ? <Form me={me} /> : null;
}

function Form({ me }: { me: CredentialAccount }) {
  const save = useSaveProfile();
  const [interests, setInterests] = useState(me.sociosphere?.interests ?? []);
  const rows = [0, 1, 2, 3];
  const { busy, failure, wrong, form } = useForm((values) =>
    save({
      display_name: values("display_name").trim(),
      note: values("note"),
      fields: rows.map((row) => ({ name: values(`name${row}`).trim(), value: values(`value${row}`).trim() })),
      interests,
    }),
  );
  const picture = (name: "avatar" | "header") => (
    <label className="button ghost relative cursor-pointer focus-within:border-ember">
      {name === "avatar" ? t.settings.avatar : t.settings.header}: {t.settings.change}
      <input
        type="file"
        accept="image/*"
        className="absolute inset-0 cursor-pointer opacity-0"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) void save({ [name]: file }).catch(sayError);
        }}
      />
    </label>
  );
  return (
    <form {...form} className="form">
      <div className="flex flex-wrap items-center gap-3">
        <Avatar account={me} size="xl" />
        {picture("avatar")}
        {picture("header")}
      </div>
      {failure && (
        <p className="note bad" role="alert">
          {failure}
        </p>
      )}
      <Field
        name="display_name"
        label={t.settings.name}
        dir="auto"
        maxLength={100}
        defaultValue={me.display_name}
        wrong={wrong.display_name}
      />
      <div className="field">
        <label htmlFor="note">{t.settings.bio}</label>
        <textarea id="note" name="note" className="input" dir="auto" rows={4} defaultValue={me.source.note} />
      </div>
      <fieldset className="grid gap-2">
        <legend className="label mb-1">{t.settings.fields}</legend>
        {rows.map((row) => (
          <div key={row} className="grid grid-cols-2 gap-2">
            <input
              name={`name${row}`}
              className="input"
              dir="auto"
              aria-label={`${t.settings.fieldName} ${row + 1}`}
              placeholder={t.settings.fieldName}
              defaultValue={me.source.fields[row]?.name}
            />
            <input
              name={`value${row}`}
              className="input"
              dir="auto"
              aria-label={`${t.settings.fieldValue} ${row + 1}`}
              placeholder={t.settings.fieldValue}
              defaultValue={plainText(me.source.fields[row]?.value ?? "")}
            />
          </div>
        ))}
      </fieldset>
      <Interests chosen={interests} onChange={setInterests} />
      <Button type="submit" disabled={busy} className="justify-self-end">
        {t.app.save}
      </Button>
    </form>
  );
}

type InterestsProps = { chosen: readonly string[]; onChange: (next: string[]) => void };

function Interests({ chosen, onChange }: InterestsProps) {
  const [typed, setTyped] = useState("");
  const { data } = useQuery({ queryKey: ["interests"], queryFn: usedHere });
  const add = (name: string) => {
    const fresh = name.trim();
    if (fresh && !chosen.some((one) => one.toLowerCase() === fresh.toLowerCase()))
      onChange([...chosen, fresh]);
    setTyped("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add(typed);
  };
  const offered = (data ?? []).filter((one) => !chosen.includes(one.name)).slice(0, 10);
  return (
    <fieldset className="grid gap-2">
      <legend className="label mb-1">{t.person.interests}</legend>
      <div className="pills">
        {chosen.map((one) => (
          <button
            key={one}
            type="button"
            className="pill here"
            aria-label={`${t.app.remove}: ${one}`}
            onClick={() => onChange(chosen.filter((each) => each !== one))}
          >
            {one} <X className="i" />
          </button>
        ))}
      </div>
      <input
        className="input"
        dir="auto"
        aria-label={t.settings.addInterest}
        placeholder={t.settings.interestsHint}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {offered.length > 0 && (
        <div className="pills">
          <span className="self-center text-small text-faint">{t.settings.used}</span>
          {offered.map((one) => (
            <button key={one.name} type="button" className="pill" onClick={() => add(one.name)}>
              {one.name}
            </button>
          ))}
        </div>
      )}
    </fieldset>
  );
}
