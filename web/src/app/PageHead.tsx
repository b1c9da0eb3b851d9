import { useCanGoBack, useRouter } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { t } from "@/text";
import { IconButton } from "@/ui/IconButton";
import { setPlace } from "./title";

type PageHeadProps = { title: string; children?: ReactNode; tabs?: ReactNode };

/** The head of a place that is not home: the way back, its name, what can be done. */
export function PageHead({ title, children, tabs }: PageHeadProps) {
  const router = useRouter();
  const canGoBack = useCanGoBack();
  useEffect(() => setPlace(title), [title]);
  return (
    <header className="top plain">
      <IconButton
        label={t.app.back}
        className="-ml-2"
        onClick={() => (canGoBack ? router.history.back() : void router.navigate({ to: "/" }))}
      >
        <ArrowLeft className="i" />
      </IconButton>
      <h1 className="min-w-0 flex-1 truncate">
        <bdi>{title}</bdi>
      </h1>
      {children}
      {tabs}
    </header>
  );
}
