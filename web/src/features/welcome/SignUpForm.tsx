import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { auth, setup } from "@/api/endpoints";
import { enter } from "@/api/session";
import type { SignUpPending } from "@/api/types";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { ErrorState } from "@/ui/ErrorState";
import { Field } from "@/ui/Field";
import { PasswordField } from "./PasswordField";
import { Rules } from "./Rules";
import { useForm } from "./useForm";

type SignUpFormProps = { ownerToken?: string; invite?: string };

/** The form in whichever state the community's door is: open, by approval, by invitation, closed. */
export function SignUpForm({ ownerToken, invite }: SignUpFormProps) {
  const navigate = useNavigate();
  const door = useQuery({ queryKey: ["setup"], queryFn: setup });
  const [pending, setPending] = useState<{ state: SignUpPending["state"]; email: string } | null>(null);
  const registrations = ownerToken ? "open" : door.data?.registrations;
  const { busy, failure, wrong, form } = useForm(
    async (values) => {
      const email = values("email").trim();
      const { body } = await auth.signUp({
        handle: values("handle").trim().replace(/^@/, ""),
        email,
        password: values("password"),
        display_name: values("display_name").trim() || undefined,
        invite: values("invite").trim() || undefined,
        reason: values("reason").trim() || undefined,
        owner_token: ownerToken,
        locale: navigator.language,
      });
      if ("state" in body) return setPending({ state: body.state, email });
      enter(body);
      await navigate({ to: "/" });
    },
    (values) => ({
      ...(!/^@?[a-z0-9_]{1,30}$/i.test(values("handle").trim()) && { handle: t.auth.handleWrong }),
      ...(!/^\S+@\S+$/.test(values("email").trim()) && { email: t.auth.emailWrong }),
      ...(values("password").length < 8 && { password: t.auth.tooShort }),
      ...(registrations === "invite" && !values("invite").trim() && { invite: t.auth.needed }),
      ...(registrations === "approval" && !values("reason").trim() && { reason: t.auth.needed }),
    }),
  );
  if (pending) {
    const mail = pending.state === "confirm_email";
    return (
      <div role="status" className="grid gap-2">
        <h2>{mail ? t.auth.mailTitle : t.auth.waitTitle}</h2>
        <p className="text-soft">{mail ? t.auth.mailBody(pending.email) : t.auth.waitBody}</p>
      </div>
    );
  }
  if (door.error && !ownerToken) return <ErrorState error={door.error} onRetry={() => void door.refetch()} />;
  if (!registrations) return <div className="bone h-64" />;
  if (registrations === "closed") {
    return (
      <div className="note">
        <h2 className="mb-1">{t.auth.closedTitle}</h2>
        <p>{t.auth.closedBody}</p>
      </div>
    );
  }
  return (
    <form {...form} className="grid gap-4">
      {failure && (
        <p className="note bad" role="alert">
          {failure}
        </p>
      )}
      <Field
        name="handle"
        label={t.auth.handle}
        hint={t.auth.handleHint}
        wrong={wrong.handle}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <Field
        name="display_name"
        label={`${t.auth.displayName} (${t.app.optional})`}
        wrong={wrong.display_name}
        autoComplete="name"
        dir="auto"
      />
      <Field
        name="email"
        type="email"
        label={t.auth.email}
        hint={t.auth.emailHint}
        wrong={wrong.email}
        autoComplete="email"
        required
      />
      <PasswordField name="password" fresh hint={t.auth.passwordHint} wrong={wrong.password} />
      {registrations === "invite" && (
        <Field name="invite" label={t.auth.invite} wrong={wrong.invite} defaultValue={invite} required />
      )}
      {registrations === "approval" && (
        <Field name="reason" label={t.auth.reason} wrong={wrong.reason} dir="auto" required />
      )}
      <Rules />
      <Button type="submit" disabled={busy}>
        {t.nav.signUp}
      </Button>
    </form>
  );
}
