import { Switch as Base } from "@base-ui/react/switch";
import { useId } from "react";

type SwitchProps = { label: string; hint?: string; checked: boolean; onChange: (on: boolean) => void };

/** A setting that takes effect at once. */
export function Switch({ label, hint, checked, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className="setting">
      <span className="stack">
        <b id={id}>{label}</b>
        {hint && <span id={`${id}-hint`}>{hint}</span>}
      </span>
      <Base.Root
        className="switch"
        checked={checked}
        onCheckedChange={onChange}
        aria-labelledby={id}
        aria-describedby={hint ? `${id}-hint` : undefined}
      >
        <Base.Thumb className="switch-thumb" />
      </Base.Root>
    </div>
  );
}
