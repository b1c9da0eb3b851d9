// One thing done at once: said when it is done, explained when it is not, and what shows is read again.
import { useState } from "react";
import { useNotify, useRefresh } from "react-admin";
import { explain } from "./explain";
import { forget, refuse } from "./refusals";

export function useDo() {
  const notify = useNotify();
  const refresh = useRefresh();
  const [busy, setBusy] = useState(false);
  const run = async <T>(work: () => Promise<T>, done?: string | ((got: T) => string)): Promise<boolean> => {
    setBusy(true);
    forget();
    try {
      const got = await work();
      const said = typeof done === "function" ? done(got) : done;
      if (said) notify(said, { type: "success" });
      refresh();
      return true;
    } catch (error) {
      const why = explain(error);
      if (!refuse(why)) notify(why, { type: "error" });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { run, busy };
}
