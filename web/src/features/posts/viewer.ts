// The picture viewer is one for the whole app; whoever shows pictures opens it by this.

import type { MediaAttachment } from "@/api/types";
import { store } from "@/entities/store";

export type Viewing = { media: readonly MediaAttachment[]; index: number } | null;
const none: Viewing = null;
export const viewing = store<Viewing>(none);

export const openViewer = (media: readonly MediaAttachment[], index: number) => viewing.set({ media, index });
