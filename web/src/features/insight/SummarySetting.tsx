import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChartColumn, ChevronRight } from "lucide-react";
import { insights } from "@/api/endpoints";
import { t } from "@/text";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { Switch } from "@/ui/Switch";
import { say, sayError } from "@/ui/toast";

const key = ["insight", "summary"];

/** Whether the week comes by mail. */
export function SummarySetting() {
  const cache = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: key, queryFn: insights.summary });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton kind="person" />;
  const choose = async (weekly: boolean) => {
    cache.setQueryData(key, { weekly });
    try {
      await insights.wantSummary(weekly);
      say(t.app.saved);
    } catch (refused) {
      cache.setQueryData(key, { weekly: !weekly });
      sayError(refused);
    }
  };
  return (
    <>
      <Switch
        label={t.insight.weekly}
        hint={t.insight.weeklyHint}
        checked={data.weekly}
        onChange={(weekly) => void choose(weekly)}
      />
      <Link to="/insights" className="setting">
        <ChartColumn className="i" />
        <span className="stack">
          <b>{t.insight.toDashboard}</b>
        </span>
        <ChevronRight className="i" />
      </Link>
    </>
  );
}
