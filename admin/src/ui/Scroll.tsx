import type { ReactNode } from "react";

type ScrollProps = { label: string; children: ReactNode };

/** What may be wider than the screen moves inside of itself, by keyboard too. */
export function Scroll({ label, children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be a form's.
    <div className="table-scroll" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
