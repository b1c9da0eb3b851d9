import { Button } from "@mui/material";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { read, send, staff } from "~/api/ask";
import type { Device } from "~/api/types";
import { t } from "~/text";
import { since } from "~/text/words";
import { Empty } from "~/ui/Empty";
import { ReasonDialog } from "~/ui/ReasonDialog";
import { useDo } from "~/ui/useDo";

/** Where somebody is signed in, and which apps they let in. */
export function SessionsTab({ id }: { id: string }) {
  const path = `${staff}/people/${id}/sessions`;
  const queryKey = ["sessions", id];
  const { data } = useQuery({ queryKey, queryFn: () => read<Device[]>(path) });
  const cache = useQueryClient();
  const { run } = useDo();
  const [ending, setEnding] = useState<Device | "all" | null>(null);
  if (!data) return <Empty title={t.app.loading} />;
  if (data.length === 0)
    return (
      <div className="sheet">
        <Empty title={t.people.noSessions} />
      </div>
    );
  const end = async (reason: string) => {
    const one = ending !== "all" && ending;
    const done = one
      ? await run(() => send("DELETE", `${path}/${one.id}`, { reason }), t.people.ended(1))
      : await run(
          () => send<{ ended: number }>("DELETE", path, { reason }),
          (got) => t.people.ended(got.ended),
        );
    await cache.invalidateQueries({ queryKey });
    if (done) setEnding(null);
  };
  return (
    <>
      <div className="tools">
        <Button variant="outlined" onClick={() => setEnding("all")}>
          {t.people.endAll}
        </Button>
      </div>
      <ul className="sheet cards">
        {data.map((one) => (
          <li key={one.id}>
            <div className="body">
              <b>{one.name}</b>
              <div className="line">
                <span className="tag plain">{one.kind === "app" ? t.people.app : t.people.session}</span>
                <span>{since(one.created_at)}</span>
                {one.last_used_at && <span>{t.people.lastUsed(since(one.last_used_at))}</span>}
              </div>
            </div>
            <Button size="small" variant="outlined" onClick={() => setEnding(one)}>
              {t.people.endOne}
            </Button>
          </li>
        ))}
      </ul>
      {ending && (
        <ReasonDialog
          title={ending === "all" ? t.people.endAll : `${t.people.endOne}: ${ending.name}`}
          go={t.people.endOne}
          onClose={() => setEnding(null)}
          onGo={end}
        />
      )}
    </>
  );
}
