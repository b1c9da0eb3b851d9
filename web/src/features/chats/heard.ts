// The message that came in last, for who hears the screen instead of seeing it.
import type { ChatMessage } from "@/api/types";
import { store } from "@/entities/store";

const nothing: ChatMessage | null = null;
export const heard = store<ChatMessage | null>(nothing);
