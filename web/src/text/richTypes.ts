import type { components } from "@/api/schema";

export type Mention = components["schemas"]["Mention"];
export type CustomEmoji = components["schemas"]["CustomEmoji"];
