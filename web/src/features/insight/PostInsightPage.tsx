import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { InsightSplit, PostInsight } from "@/api/types";
import { PageHead } from "@/app/PageHead";
import { useMe } from "@/app/useSession";
import { usePost } from "@/entities/hooks";
import { t } from "@/text";
import { digits } from "@/text/plural";
import { plainText } from "@/text/readHtml";
import { dayName, hourName } from "@/text/time";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { Columns } from "./Columns";
import { Figure } from "./Figure";
import { Legend } from "./Legend";
import { usePostInsight } from "./queries";
import { highest } from "./summary";

/** How one of one's own posts was seen. */
export function PostInsightPage() {
  const { id } = useParams({ from: "/shell/insights/posts/$id" });
  const { data, error, refetch } = usePostInsight(id);
  return (
    <>
      <PageHead title={t.insight.ofPost} />
      <PostLink id={id} />
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <Insight insight={data} />
      ) : (
        <Skeleton kind="post" count={2} />
      )}
    </>
  );
}

function PostLink({ id }: { id: string }) {
  const me = useMe();
  const { data: post } = usePost(id);
  if (!me || !post || post.accountId !== me.id) return null;
  return (
    <Link to="/@{$handle}/$id" params={{ handle: me.acct, id }} className="insight-post" dir="auto">
      {post.spoiler_text || plainText(post.content) || t.post.thread}
    </Link>
  );
}

const split = ["impressions", "reach", "views", "link_opens", "likes", "comments", "shares"] as const;
const plain = ["bookmarks", "new_followers"] as const;
type Metric = (typeof split)[number] | (typeof plain)[number];

const parts = (value: InsightSplit | number): InsightSplit =>
  typeof value === "number" ? { total: value, followers: 0, others: value } : value;

function Insight({ insight }: { insight: PostInsight }) {
  return (
    <div className="insight">
      <section className="figure-table open" tabIndex={0} aria-label={t.insight.ofPost}>
        <table>
          <thead>
            <tr>
              <td />
              {[t.insight.all, t.insight.followers, t.insight.others].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {split.map((name) => (
              <tr key={name}>
                <th scope="row">{t.insight[name]}</th>
                <td>
                  <b>{digits(insight[name].total)}</b>
                </td>
                <td>{digits(insight[name].followers)}</td>
                <td>{digits(insight[name].others)}</td>
              </tr>
            ))}
            {plain.map((name) => (
              <tr key={name}>
                <th scope="row">{t.insight[name]}</th>
                <td>
                  <b>{digits(insight[name])}</b>
                </td>
                <td>–</td>
                <td>–</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <OverTime insight={insight} />
      <p className="honest">
        {t.insight.private} {t.insight.honest} {t.insight.keptNote}
      </p>
    </div>
  );
}

function OverTime({ insight }: { insight: PostInsight }) {
  const [metric, setMetric] = useState<Metric>("impressions");
  const when = insight.step === "hour" ? hourName : dayName;
  const points = insight.points.map((point) => ({
    key: point.at,
    label: when(point.at),
    ...parts(point[metric]),
  }));
  const isSplit = split.some((name) => name === metric);
  const title = `${t.insight.overTime}: ${t.insight[metric]}`;
  return (
    <>
      <fieldset className="pills insight-ranges">
        <legend className="sr-only">{t.insight.what}</legend>
        {[...split, ...plain].map((name) => (
          <button
            key={name}
            type="button"
            className="pill"
            aria-pressed={metric === name}
            onClick={() => setMetric(name)}
          >
            {t.insight[name]}
          </button>
        ))}
      </fieldset>
      <Figure
        title={title}
        summary={highest(
          title,
          points.map((point) => ({ label: point.label, value: point.total })),
        )}
        columns={[t.insight.date, t.insight.all, t.insight.followers, t.insight.others].slice(
          0,
          isSplit ? 4 : 2,
        )}
        rows={points.map((point) =>
          [point.label, digits(point.total), digits(point.followers), digits(point.others)].slice(
            0,
            isSplit ? 4 : 2,
          ),
        )}
        legend={isSplit && <Legend />}
      >
        <Columns
          columns={points.map((point) => (isSplit ? point : { ...point, followers: point.total, others: 0 }))}
        />
      </Figure>
    </>
  );
}
