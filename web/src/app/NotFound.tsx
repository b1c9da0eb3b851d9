import { Link } from "@tanstack/react-router";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";

export function NotFound() {
  return (
    <main id="main" className="grid min-h-dvh place-items-center">
      <h1 className="sr-only">{t.missing.title}</h1>
      <EmptyState title={t.missing.title} body={t.missing.body}>
        <Link to="/" className="button primary">
          {t.missing.home}
        </Link>
      </EmptyState>
    </main>
  );
}
