import { useQuery } from "@tanstack/react-query";
import { read, staff } from "~/api/ask";
import type { Decision } from "~/api/types";
import { History } from "~/screens/cases/CaseFileView";
import { t } from "~/text";
import { Empty } from "~/ui/Empty";

/** Everything that was decided about somebody. */
export function PersonHistory({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ["decisions", id],
    queryFn: () => read<Decision[]>(`${staff}/accounts/${id}/decisions`),
  });
  if (!data) return <Empty title={t.app.loading} />;
  return (
    <section className="sheet padded">
      {data.length === 0 ? <p className="soft">{t.people.noHistory}</p> : <History decisions={data} />}
    </section>
  );
}
