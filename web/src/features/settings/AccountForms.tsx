import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { auth } from "@/api/endpoints";
import { leave } from "@/api/session";
import { PasswordField } from "@/features/welcome/PasswordField";
import { useForm } from "@/features/welcome/useForm";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { say } from "@/ui/toast";

function Failure({ text }: { text: string | null }) {
  return text ? (
    <p className="note bad" role="alert">
      {text}
    </p>
  ) : null;
}

export function PasswordForm() {
  const [round, setRound] = useState(0);
  const { busy, failure, wrong, form } = useForm(
    async (values) => {
      await auth.password(values("current"), values("new"));
      say(t.settings.passwordDone);
      setRound(round + 1);
    },
    (values) => ({
      ...(values("current") === "" && { current: t.auth.needed }),
      ...(values("new").length < 8 && { new: t.auth.tooShort }),
    }),
  );
  return (
    <form {...form} key={round} className="form">
      <Failure text={failure} />
      <PasswordField name="current" label={t.settings.current} wrong={wrong.current} />
      <PasswordField name="new" label={t.settings.next} hint={t.auth.passwordHint} wrong={wrong.new} fresh />
      <Button type="submit" disabled={busy} className="justify-self-end">
        {t.app.save}
      </Button>
    </form>
  );
}

export function EmailForm() {
  const { busy, failure, wrong, form } = useForm(
    async (values) => {
      await auth.email(values("password"), values("email").trim());
      say(t.settings.emailDone);
    },
    (values) => ({
      ...(!/^\S+@\S+$/.test(values("email").trim()) && { email: t.auth.emailWrong }),
      ...(values("password") === "" && { password: t.auth.needed }),
    }),
  );
  return (
    <form {...form} className="form">
      <Failure text={failure} />
      <Field
        name="email"
        type="email"
        label={t.settings.newEmail}
        wrong={wrong.email}
        autoComplete="email"
        required
      />
      <PasswordField name="password" label={t.settings.current} wrong={wrong.password} />
      <Button type="submit" disabled={busy} className="justify-self-end">
        {t.app.save}
      </Button>
    </form>
  );
}

export function DeleteAccount() {
  const navigate = useNavigate();
  const [sure, setSure] = useState(false);
  const { busy, failure, wrong, form } = useForm(async (values) => {
    await auth.remove(values("password"));
    leave();
    say(t.settings.deleteDone);
    await navigate({ to: "/" });
  });
  return (
    <form {...form} className="form">
      <p className="note">{t.settings.deleteBody}</p>
      <Failure text={failure} />
      <PasswordField name="password" label={t.settings.current} wrong={wrong.password} />
      <label className="flex min-h-10 items-center gap-3">
        <input
          type="checkbox"
          className="size-5 accent-ember"
          checked={sure}
          onChange={(event) => setSure(event.target.checked)}
        />
        {t.settings.deleteSure}
      </label>
      <Button type="submit" look="danger" disabled={busy || !sure} className="justify-self-end">
        {t.settings.deleteDo}
      </Button>
    </form>
  );
}
