import { Alert, Button, TextField } from "@mui/material";
import { type FormEvent, useEffect, useState } from "react";
import { change } from "@/api/client";
import { enter } from "@/api/session";
import type { Session } from "~/api/types";
import { t } from "~/text";
import { explain } from "~/ui/explain";
import { Mark } from "~/ui/Mark";

/** The same session as the web client's: who signs in here is signed in there. The address stays. */
export function SignIn() {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = t.app.title(t.signIn.go);
  }, []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      enter(await change<Session>("POST", "/api/sociosphere/v1/auth/sign-in", { login, password }));
    } catch (error) {
      setWrong(explain(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="alone">
      <form className="panel" onSubmit={submit}>
        <Mark />
        <h1>{t.signIn.title}</h1>
        <p>{t.signIn.says}</p>
        {wrong && <Alert severity="error">{wrong}</Alert>}
        <TextField
          label={t.signIn.login}
          value={login}
          onChange={(event) => setLogin(event.target.value)}
          autoComplete="username"
          required
        />
        <TextField
          label={t.signIn.password}
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
          required
          slotProps={{ inputLabel: { required: false } }}
        />
        <Button type="submit" variant="contained" disabled={busy}>
          {t.signIn.go}
        </Button>
      </form>
    </main>
  );
}
