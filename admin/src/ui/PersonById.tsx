import { useQuery } from "@tanstack/react-query";
import { read } from "~/api/ask";
import type { Person } from "~/api/types";
import { useMay } from "~/auth/session";
import { t } from "~/text";
import { Who } from "./Who";

type PersonByIdProps = { id: string | null; none?: string };

/** Somebody of whom a list knows only the id; the id itself for those who may not see people. */
export function PersonById({ id, none = t.app.operator }: PersonByIdProps) {
  const may = useMay("manage_people");
  const { data } = useQuery({
    queryKey: ["person", id],
    queryFn: () => read<Person>(`/api/v1/admin/accounts/${id}`),
    enabled: may && id !== null,
    staleTime: 5 * 60_000,
  });
  if (id === null) return <span className="faint">{none}</span>;
  return data ? <Who person={data} size="small" /> : <span className="mono faint">{id}</span>;
}
