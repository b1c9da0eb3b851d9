// What a person does to a post. Each shows at once and is taken back, with a word, if the server refuses.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type StatusVerb, statuses } from "@/api/endpoints";
import { changePost, dropFromLists, keepStatus, keys, type Post } from "@/entities/cache";
import { toggle } from "@/entities/toggles";
import { t } from "@/text";
import { say, sayError } from "@/ui/toast";

type Mark = {
  flag: "favourited" | "reblogged" | "bookmarked" | "pinned" | "muted";
  count?: "favourites_count" | "reblogs_count";
  on: StatusVerb;
  off: StatusVerb;
};
const like: Mark = { flag: "favourited", count: "favourites_count", on: "favourite", off: "unfavourite" };
const share: Mark = { flag: "reblogged", count: "reblogs_count", on: "reblog", off: "unreblog" };
const bookmark: Mark = { flag: "bookmarked", on: "bookmark", off: "unbookmark" };
const pin: Mark = { flag: "pinned", on: "pin", off: "unpin" };
const mute: Mark = { flag: "muted", on: "mute", off: "unmute" };

export function marked(post: Post, { flag, count }: Mark, on: boolean): Post {
  if (Boolean(post[flag]) === on) return post;
  const next = { ...post, [flag]: on };
  if (count) next[count] = Math.max(0, post[count] + (on ? 1 : -1));
  return next;
}

export function usePostActions() {
  const cache = useQueryClient();
  const navigate = useNavigate();

  const mark = (kind: Mark) => (post: Post) => {
    const now = Boolean(cache.getQueryData<Post>(keys.post(post.id))?.[kind.flag]);
    return toggle({
      key: `${kind.flag}:${post.id}`,
      now,
      wish: !now,
      show: (on) => changePost(cache, post.id, (one) => marked(one, kind, on)),
      send: async (on) => void (await statuses.verb(post.id, on ? kind.on : kind.off)),
      failed: sayError,
    });
  };

  return {
    like: mark(like),
    share: mark(share),
    bookmark: mark(bookmark),
    pin: async (post: Post) => {
      await mark(pin)(post);
      await cache.invalidateQueries({ queryKey: keys.list("account", post.accountId, "pinned") });
    },
    muteThread: mark(mute),
    /** Deletes and returns what was written, for delete-and-redraft. */
    remove: async (post: Post) => {
      try {
        const deleted = await statuses.remove(post.id);
        forget(cache, post.id);
        if (location.pathname.endsWith(`/${post.id}`)) await navigate({ to: "/" });
        return deleted;
      } catch (error) {
        sayError(error);
        return null;
      }
    },
    copyLink: async (post: Post) => {
      await navigator.clipboard.writeText(post.url ?? post.uri);
      say(t.post.copied);
    },
    keep: (status: Parameters<typeof keepStatus>[1]) => keepStatus(cache, status),
  };
}

export function forget(cache: ReturnType<typeof useQueryClient>, id: string) {
  dropFromLists(cache, id);
  dropFromLists(cache, id, ["fresh"]);
  cache.setQueriesData<{ posts: string[] }>(
    { queryKey: ["search"] },
    (found) => found && { ...found, posts: found.posts.filter((one) => one !== id) },
  );
  cache.setQueriesData<{ ancestors: string[]; descendants: string[] }>(
    { queryKey: ["thread"] },
    (thread) =>
      thread && {
        ancestors: thread.ancestors.filter((one) => one !== id),
        descendants: thread.descendants.filter((one) => one !== id),
      },
  );
}
