import { useState } from "react";
import { t } from "@/text";
import { Field } from "@/ui/Field";

type PasswordFieldProps = { name: string; label?: string; hint?: string; wrong?: string; fresh?: boolean };

export function PasswordField({
  name,
  label = t.auth.password,
  hint,
  wrong,
  fresh = false,
}: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <div>
      <Field
        name={name}
        label={label}
        hint={hint}
        wrong={wrong}
        type={shown ? "text" : "password"}
        autoComplete={fresh ? "new-password" : "current-password"}
        required
      />
      <button
        type="button"
        className="linkish text-small"
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      >
        {shown ? t.auth.hidePassword : t.auth.showPassword}
      </button>
    </div>
  );
}
