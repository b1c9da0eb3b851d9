import { Link, useParams, useSearch } from "@tanstack/react-router";
import { t } from "@/text";
import { Alone } from "./Alone";
import { SignUpForm } from "./SignUpForm";

export function SignUpPage() {
  const { invite } = useSearch({ from: "/sign-up" });
  return (
    <Alone title={t.auth.signUpTitle}>
      <SignUpForm invite={invite} />
      <p className="mt-4 text-center text-faint">
        {t.auth.have}{" "}
        <Link to="/sign-in" search={{}} className="linkish">
          {t.nav.signIn}
        </Link>
      </p>
    </Alone>
  );
}

/** The one-time link that makes its visitor the owner. */
export function OwnerSetupPage() {
  const { token } = useParams({ from: "/setup/$token" });
  return (
    <Alone title={t.auth.ownerTitle}>
      <p className="mb-5 text-soft">{t.auth.ownerBody}</p>
      <SignUpForm ownerToken={token} />
    </Alone>
  );
}
