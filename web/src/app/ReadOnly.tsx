import { useQuery } from "@tanstack/react-query";
import { instance } from "@/api/endpoints";
import { t } from "@/text";

/** A quiet line while the operator has made the community read-only. */
export function ReadOnly() {
  const { data } = useQuery({ queryKey: ["instance"], queryFn: instance });
  if (!data?.configuration.sociosphere?.read_only) return null;
  return (
    <p className="read-only" role="status">
      {t.app.readOnly}
    </p>
  );
}
