import { useQuery, useQueryClient } from "@tanstack/react-query";
import { auth } from "@/api/endpoints";
import { t } from "@/text";
import { shortTime } from "@/text/time";
import { Button } from "@/ui/Button";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { say, sayError } from "@/ui/toast";

export function Devices() {
  const cache = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ["devices"], queryFn: auth.devices });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton kind="person" count={3} />;
  const revoke = async (id: string) => {
    try {
      await auth.revoke(id);
      say(t.settings.revoked);
      await cache.invalidateQueries({ queryKey: ["devices"] });
    } catch (failure) {
      sayError(failure);
    }
  };
  return data.map((one) => (
    <div key={one.id} className="setting">
      <span className="stack">
        <b>{one.name}</b>
        <span>{one.current ? t.settings.thisDevice : t.settings.lastUsed(shortTime(one.last_used_at))}</span>
      </span>
      {!one.current && (
        <Button look="ghost" small onClick={() => void revoke(one.id)}>
          {t.settings.revoke}
        </Button>
      )}
    </div>
  ));
}
