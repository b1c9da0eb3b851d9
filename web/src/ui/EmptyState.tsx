import type { ReactNode } from "react";
import { Mark } from "./Mark";

type EmptyStateProps = { title: string; body?: string; children?: ReactNode };

export function EmptyState({ title, body, children }: EmptyStateProps) {
  return (
    <div className="state">
      <Mark />
      <h2>{title}</h2>
      {body && <p>{body}</p>}
      {children}
    </div>
  );
}
