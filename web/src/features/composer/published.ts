// Where a post stands once it is published.
import type { QueryClient } from "@tanstack/react-query";
import type { Status } from "@/api/types";
import { changePost, keepStatus, keys, putOnTop } from "@/entities/cache";

export function putPublished(cache: QueryClient, status: Status): string {
  const id = keepStatus(cache, status);
  putOnTop(cache, keys.list("home"), [id]);
  if (status.visibility === "public" && !status.in_reply_to_id) putOnTop(cache, keys.list("local"), [id]);
  if (status.in_reply_to_id) {
    changePost(cache, status.in_reply_to_id, (post) => ({ ...post, replies_count: post.replies_count + 1 }));
    void cache.invalidateQueries({ queryKey: ["thread"] });
  }
  return id;
}
