import { Link, useNavigate, useRouter } from "@tanstack/react-router";
import { auth } from "@/api/endpoints";
import { ApiError, isStatus } from "@/api/errors";
import { enter } from "@/api/session";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { PasswordField } from "./PasswordField";
import { useForm } from "./useForm";

type SignInFormProps = { next?: string };

export function SignInForm({ next }: SignInFormProps) {
  const router = useRouter();
  const navigate = useNavigate();
  const { busy, failure, wrong, form } = useForm(
    async (values) => {
      try {
        enter(await auth.signIn(values("login").trim().replace(/^@/, ""), values("password")));
      } catch (error) {
        if (isStatus(error, 401))
          throw new ApiError(401, { type: "about:blank", status: 401, code: "wrong", title: t.auth.wrong });
        throw error;
      }
      // Only a path of our own: an address from the query must not lead away.
      if (next?.startsWith("/") && !next.startsWith("//")) router.history.push(next);
      else await navigate({ to: "/" });
    },
    (values) => ({
      ...(values("login").trim() === "" && { login: t.auth.needed }),
      ...(values("password") === "" && { password: t.auth.needed }),
    }),
  );
  return (
    <form {...form} className="grid gap-4">
      {failure && (
        <p className="note bad" role="alert">
          {failure}
        </p>
      )}
      <Field
        name="login"
        label={t.auth.login}
        wrong={wrong.login}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <PasswordField name="password" wrong={wrong.password} />
      <Button type="submit" disabled={busy}>
        {t.nav.signIn}
      </Button>
      <Link to="/forgot" className="linkish text-small justify-self-center">
        {t.auth.forgot}
      </Link>
    </form>
  );
}
