import { useParams } from "@tanstack/react-router";
import { timelines } from "@/api/endpoints";
import { useLive } from "@/app/live";
import { PageHead } from "@/app/PageHead";
import { keys } from "@/entities/cache";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { FreshPill } from "./FreshPill";
import { PostFeed } from "./PostFeed";

export function TagPage() {
  const { tag } = useParams({ from: "/shell/tags/$tag" });
  const key = tag.toLowerCase();
  useLive(key);
  return (
    <>
      <PageHead title={`#${tag}`} />
      <FreshPill key={`fresh ${key}`} list={keys.list("tag", key)} />
      <PostFeed
        key={tag}
        listKey={keys.list("tag", key)}
        read={timelines.tag(tag)}
        empty={<EmptyState title={t.feed.emptyTag} body={t.feed.emptyTagBody} />}
      />
    </>
  );
}

export function BookmarksPage() {
  return (
    <>
      <PageHead title={t.nav.bookmarks} />
      <PostFeed
        listKey={keys.list("bookmarks")}
        read={timelines.bookmarks}
        empty={<EmptyState title={t.feed.emptyBookmarks} body={t.feed.emptyBookmarksBody} />}
      />
    </>
  );
}

export function LikesPage() {
  return (
    <>
      <PageHead title={t.nav.likes} />
      <PostFeed
        listKey={keys.list("likes")}
        read={timelines.likes}
        empty={<EmptyState title={t.feed.emptyLikes} body={t.feed.emptyLikesBody} />}
      />
    </>
  );
}
