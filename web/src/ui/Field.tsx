import { type ComponentProps, useId } from "react";

type FieldProps = ComponentProps<"input"> & { label: string; hint?: string; wrong?: string };

/** A labelled input; its hint and its error are read out with it. */
export function Field({ label, hint, wrong, id, ...rest }: FieldProps) {
  const own = useId();
  const name = id ?? own;
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      <input
        {...rest}
        id={name}
        className="input"
        aria-invalid={wrong ? true : undefined}
        aria-describedby={wrong || hint ? `${name}-note` : undefined}
      />
      {(wrong || hint) && (
        <p id={`${name}-note`} className={wrong ? "wrong" : "hint"}>
          {wrong ?? hint}
        </p>
      )}
    </div>
  );
}
