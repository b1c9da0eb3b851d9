import { LinkCard } from "@/features/posts/LinkCard";
import { PostCard } from "@/features/posts/PostCard";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { peopleThisWeek } from "./history";
import { useTrendingLinks, useTrendingPosts, useTrendingTags } from "./queries";
import { TagTrend } from "./TagTrend";

/** Tags, links and posts that many people take part in now. */
export function Trends() {
  const tags = useTrendingTags();
  const links = useTrendingLinks();
  const posts = useTrendingPosts();
  const failed = [tags, links, posts].find((one) => one.error);
  if (failed?.error) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!tags.data || !links.data || !posts.data) return <Skeleton kind="post" count={4} />;
  if (tags.data.length + links.data.length + posts.data.length === 0)
    return <EmptyState title={t.explore.quiet} body={t.explore.quietBody} />;
  return (
    <>
      {tags.data.length > 0 && (
        <section aria-labelledby="trending-tags">
          <h2 id="trending-tags" className="result-head">
            {t.explore.tags}
          </h2>
          {tags.data.slice(0, 6).map((tag) => (
            <TagTrend key={tag.name} tag={tag} />
          ))}
        </section>
      )}
      {links.data.length > 0 && (
        <section aria-labelledby="trending-links">
          <h2 id="trending-links" className="result-head">
            {t.explore.links}
          </h2>
          <ul className="link-trends">
            {links.data.slice(0, 5).map((link) => (
              <li key={link.url}>
                <LinkCard card={link} small />
                <span className="trend-people">{t.explore.people(peopleThisWeek(link.history))}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {posts.data.length > 0 && (
        <section aria-labelledby="trending-posts">
          <h2 id="trending-posts" className="result-head border-t border-line">
            {t.explore.posts}
          </h2>
          {posts.data.map((id) => (
            <PostCard key={id} id={id} />
          ))}
        </section>
      )}
    </>
  );
}
