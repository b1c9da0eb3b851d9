import { useQuery } from "@tanstack/react-query";
import { instance } from "@/api/endpoints";
import { t } from "@/text";

/** The community's rules, which who joins agrees to. */
export function Rules() {
  const { data } = useQuery({ queryKey: ["instance"], queryFn: instance });
  if (!data || data.rules.length === 0) return null;
  return (
    <section className="note" aria-labelledby="rules">
      <h2 id="rules" className="mb-2">
        {t.auth.rules}
      </h2>
      <ol className="grid list-decimal gap-1 ps-5">
        {data.rules.map((rule) => (
          <li key={rule.id} dir="auto">
            {rule.text}
            {rule.hint && <span className="block text-small text-faint">{rule.hint}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}
