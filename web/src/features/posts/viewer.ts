// The picture viewer is one for the whole app; whoever shows pictures opens it by this.

import type { Account, MediaAttachment } from "@/api/types";
import type { Post } from "@/entities/cache";
import { store } from "@/entities/store";

export type Viewing = {
  pictures: readonly MediaAttachment[];
  account: Account;
  index: number;
  /** The post they are of, by which they are reported. */
  statusId?: string;
} | null;
const none: Viewing = null;
export const viewing = store<Viewing>(none);

export const openViewer = (post: Post, account: Account, index: number) =>
  viewing.set({ pictures: post.media_attachments, account, index, statusId: post.id });

/** Pictures that are not a post's. */
export const openPictures = (pictures: readonly MediaAttachment[], account: Account, index: number) =>
  viewing.set({ pictures, account, index });
