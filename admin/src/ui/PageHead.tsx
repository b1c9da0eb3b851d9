import { type ReactNode, useEffect } from "react";
import { t } from "~/text";

type PageHeadProps = { title: string; says?: string; actions?: ReactNode };

/** The place's name in the big voice, what it is for, and what one does there. */
export function PageHead({ title, says, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = t.app.title(title);
  }, [title]);
  return (
    <header className="head">
      <div>
        <h1>{title}</h1>
        {says && <p>{says}</p>}
      </div>
      {actions && <div className="actions">{actions}</div>}
    </header>
  );
}
