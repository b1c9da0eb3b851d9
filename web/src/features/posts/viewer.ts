// The picture viewer is one for the whole app; whoever shows pictures opens it by this.

import type { Account } from "@/api/types";
import type { Post } from "@/entities/cache";
import { store } from "@/entities/store";

export type Viewing = { post: Post; account: Account; index: number } | null;
const none: Viewing = null;
export const viewing = store<Viewing>(none);

export const openViewer = (post: Post, account: Account, index: number) =>
  viewing.set({ post, account, index });
