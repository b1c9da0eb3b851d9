import { Link } from "@tanstack/react-router";
import type { InsightBest } from "@/api/types";
import { t } from "@/text";
import { number } from "@/text/plural";
import { shortTime } from "@/text/time";

type BestProps = { posts: readonly InsightBest[] };

/** The posts that were seen most in these days. */
export function Best({ posts }: BestProps) {
  return (
    <section className="figure" aria-labelledby="best-posts">
      <header className="figure-head">
        <h2 id="best-posts">{t.insight.bestPosts}</h2>
      </header>
      <ol className="best">
        {posts.map((post) => (
          <li key={post.id}>
            <Link to="/insights/posts/$id" params={{ id: post.id }}>
              <span className="best-text" dir="auto">
                {post.text || t.insight.ofPost}
              </span>
              <span className="best-numbers">
                {t.insight.line(post.impressions.total, post.reach)} ·{" "}
                {`${number(post.likes)} ${t.post.likes(post.likes)}`} ·{" "}
                <time dateTime={post.created_at}>{shortTime(post.created_at)}</time>
              </span>
              <meter
                className="best-bar"
                min={0}
                max={posts[0]?.impressions.total || 1}
                value={post.impressions.total}
                aria-label={t.insight.impressions}
              >
                {number(post.impressions.total)}
              </meter>
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
