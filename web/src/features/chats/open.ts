// Opens the sheet in which a chat begins, from wherever.
import { store } from "@/entities/store";

export const newChatOpen = store(false);
