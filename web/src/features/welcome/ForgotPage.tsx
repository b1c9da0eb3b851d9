import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { auth } from "@/api/endpoints";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Alone } from "./Alone";
import { useForm } from "./useForm";

export function ForgotPage() {
  const [done, setDone] = useState(false);
  const { busy, failure, wrong, form } = useForm(
    async (values) => {
      await auth.reset(values("email").trim());
      setDone(true);
    },
    (values) => ({ ...(!/^\S+@\S+$/.test(values("email").trim()) && { email: t.auth.emailWrong }) }),
  );
  return (
    <Alone title={t.auth.resetTitle}>
      {done ? (
        <p role="status" className="note">
          {t.auth.resetDone}
        </p>
      ) : (
        <form {...form}>
          <p className="text-soft">{t.auth.resetBody}</p>
          {failure && (
            <p className="note bad" role="alert">
              {failure}
            </p>
          )}
          <Field
            name="email"
            type="email"
            label={t.auth.email}
            wrong={wrong.email}
            autoComplete="email"
            required
          />
          <Button type="submit" disabled={busy}>
            {t.auth.resetDo}
          </Button>
        </form>
      )}
      <Link to="/sign-in" search={{}} className="linkish mt-4 block text-center">
        {t.auth.toSignIn}
      </Link>
    </Alone>
  );
}
