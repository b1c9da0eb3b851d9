import { CssBaseline } from "@mui/material";
import { createTheme, ThemeProvider } from "@mui/material/styles";
import { lazy, Suspense, useMemo } from "react";
import { PowersContext, useSession } from "~/auth/session";
import { NotForYou } from "~/layout/NotForYou";
import { SignIn } from "~/layout/SignIn";
import { useMode } from "~/theme/choice";
import { themeOf } from "~/theme/theme";

// Nobody without a role loads the panel itself.
const Panel = lazy(() => import("~/Panel"));

/** Who is out signs in at the same address; who has no role is told so; who has one gets the panel. */
export function App() {
  const mode = useMode();
  const theme = useMemo(() => themeOf(mode), [mode]);
  const session = useSession();
  const words =
    session.status === "signed-in" ? session.account.source.sociosphere.permissions.join(" ") : "";
  const powers = useMemo(() => new Set(words.split(" ").filter((word) => word !== "")), [words]);
  if (session.status === "starting") return null;
  if (session.status === "signed-in" && powers.size > 0) {
    return (
      <PowersContext value={powers}>
        <Suspense>
          <Panel theme={theme} key={session.account.id} />
        </Suspense>
      </PowersContext>
    );
  }
  return (
    <ThemeProvider theme={createTheme(theme)}>
      <CssBaseline />
      {session.status === "signed-in" ? <NotForYou handle={session.account.username} /> : <SignIn />}
    </ThemeProvider>
  );
}
