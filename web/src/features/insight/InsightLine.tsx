import { Link } from "@tanstack/react-router";
import { ChartColumn } from "lucide-react";
import { t } from "@/text";
import { usePostInsight } from "./queries";

type InsightLineProps = { id: string };

/** Under one's own post: how often it was seen, and the way to all of it. */
export function InsightLine({ id }: InsightLineProps) {
  const { data } = usePostInsight(id);
  if (!data) return null;
  return (
    <p className="insight-line">
      <ChartColumn className="i" />
      <span>{t.insight.line(data.impressions.total, data.reach.total)}</span>
      <Link to="/insights/posts/$id" params={{ id }}>
        {t.insight.open}
      </Link>
    </p>
  );
}
