// A form that is sent once, shows the server's words beside the fields they are about, and keeps what was
// written when it fails.
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/errors";
import { explain } from "@/ui/explain";

type Values = (name: string) => string;

export function useForm(
  send: (values: Values) => Promise<void>,
  check?: (values: Values) => Record<string, string>,
) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});

  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const values: Values = (name) => {
      const value = data.get(name);
      return typeof value === "string" ? value : "";
    };
    const mistakes = check?.(values) ?? {};
    setWrong(mistakes);
    setFailure(null);
    if (Object.keys(mistakes).length > 0) return focusFirst(form, mistakes);
    setBusy(true);
    try {
      await send(values);
    } catch (error) {
      const fields = error instanceof ApiError ? error.fields : {};
      setWrong(fields);
      if (Object.keys(fields).length === 0) setFailure(explain(error));
      else focusFirst(form, fields);
    } finally {
      setBusy(false);
    }
  };
  return { busy, failure, wrong, form: { onSubmit, noValidate: true } };
}

function focusFirst(form: HTMLFormElement, fields: Readonly<Record<string, string>>) {
  for (const element of form.elements) {
    if (element instanceof HTMLInputElement && fields[element.name]) return element.focus();
  }
}
