// Whether the live connection takes questions now. Without it, chats go by REST and are read again now and then.
import { live } from "@/api/live";

export function connected(): boolean {
  const state = live.state.get();
  return state === "live" || state === "polling";
}

export function useConnected(): boolean {
  const state = live.state.use();
  return state === "live" || state === "polling";
}

/** How often a chat that is open is read again while nothing is live. */
export const pollEvery = 5_000;
