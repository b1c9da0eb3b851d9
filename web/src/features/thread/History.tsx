import { useQuery } from "@tanstack/react-query";
import { statuses } from "@/api/endpoints";
import { t } from "@/text";
import { RichText } from "@/text/RichText";
import { fullTime } from "@/text/time";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";

type HistoryProps = { id: string };

/** Every version of a post, the newest first. */
export function History({ id }: HistoryProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ["history", id],
    queryFn: () => statuses.history(id),
  });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton kind="post" count={2} />;
  return (
    <ol>
      {data.toReversed().map((version, index) => (
        <li key={version.created_at} className="history-item">
          <p className="text-small text-faint">
            {fullTime(version.created_at)}
            {index === data.length - 1 && ` · ${t.post.firstVersion}`}
          </p>
          {version.spoiler_text && <p className="font-semibold">{version.spoiler_text}</p>}
          <RichText html={version.content} emojis={version.emojis} />
        </li>
      ))}
    </ol>
  );
}
