import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { t } from "@/text";
import { Mark } from "@/ui/Mark";

type AloneProps = { title: string; children: ReactNode };

/** A page with one thing to do. */
export function Alone({ title, children }: AloneProps) {
  return (
    <main className="alone">
      <Link to="/" className="brand" aria-label={t.app.name}>
        <Mark draws />
        <b>{t.app.name}</b>
      </Link>
      <div className="panel">
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
