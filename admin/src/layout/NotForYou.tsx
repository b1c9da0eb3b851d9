import { Button } from "@mui/material";
import { useEffect } from "react";
import { signOut } from "@/api/session";
import { t } from "~/text";
import { Mark } from "~/ui/Mark";

/** For people without a role: nothing of the panel is loaded, and nothing was asked. */
export function NotForYou({ handle }: { handle: string }) {
  useEffect(() => {
    document.title = t.app.title(t.notForYou.title);
  }, []);
  return (
    <main className="alone">
      <div className="panel">
        <Mark />
        <h1>{t.notForYou.title}</h1>
        <p>{t.notForYou.says(handle)}</p>
        <Button variant="contained" href="/">
          {t.notForYou.back}
        </Button>
        <Button onClick={() => void signOut().catch(() => undefined)}>{t.notForYou.other}</Button>
      </div>
    </main>
  );
}
