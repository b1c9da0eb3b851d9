import type { ReactNode } from "react";
import { Mark } from "./Mark";

type EmptyProps = { title: string; says?: string; children?: ReactNode };

export function Empty({ title, says, children }: EmptyProps) {
  return (
    <div className="empty">
      <Mark />
      <b>{title}</b>
      {says && <p>{says}</p>}
      {children}
    </div>
  );
}
