import { Drawer, IconButton } from "@mui/material";
import { Menu, X } from "lucide-react";
import { type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";
import { t } from "~/text";
import { Empty } from "~/ui/Empty";
import { Rail } from "./Rail";
import { StepUpDialog } from "./StepUpDialog";
import { UndoMarks } from "./UndoMarks";
import { useSendBeforeLeaving } from "./useSendBeforeLeaving";

/** A rail and the place; on a phone a bar with the rail behind it. */
export function PanelLayout({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useSendBeforeLeaving();
  // A new place begins at its top for who hears the page, too.
  useEffect(() => {
    if (before.current === pathname) return;
    const changed = before.current.split("/")[1] !== pathname.split("/")[1];
    before.current = pathname;
    setOpen(false);
    if (changed) main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <>
      <a className="skip" href="#main">
        {t.app.skip}
      </a>
      <div className="phone-bar">
        <IconButton aria-label={t.app.openNav} onClick={() => setOpen(true)}>
          <Menu size={22} />
        </IconButton>
        <Rail.Brand />
      </div>
      <Drawer open={open} onClose={() => setOpen(false)}>
        <IconButton
          aria-label={t.app.closeNav}
          onClick={() => setOpen(false)}
          sx={{ position: "absolute", right: 8, top: 12, zIndex: 1 }}
        >
          <X size={20} />
        </IconButton>
        <Rail.Places className="rail drawn" />
      </Drawer>
      <div className="frame">
        <Rail.Places className="rail" />
        <main id="main" className="place-main" tabIndex={-1} ref={main}>
          <UndoMarks>
            <Suspense fallback={<Empty title={t.app.loading} />}>{children}</Suspense>
          </UndoMarks>
        </main>
      </div>
      <StepUpDialog />
    </>
  );
}
