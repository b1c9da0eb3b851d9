import { Link, useSearch } from "@tanstack/react-router";
import { t } from "@/text";
import { Alone } from "./Alone";
import { SignInForm } from "./SignInForm";

export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  return (
    <Alone title={t.auth.signInTitle}>
      <SignInForm next={next} />
      <p className="mt-4 text-center text-faint">
        {t.auth.noAccount}{" "}
        <Link to="/sign-up" className="linkish">
          {t.nav.signUp}
        </Link>
      </p>
    </Alone>
  );
}
