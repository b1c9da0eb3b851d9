// Who writes at this moment. The server says it again every few seconds; what it does not repeat is over.
import { live } from "@/api/live";
import { store } from "@/entities/store";
import { connected } from "./connection";

const forgets = 6_000;
const repeats = 4_000;
const stops = 5_000;

const nobody: ReadonlyMap<string, readonly string[]> = new Map();
/** By chat, who writes, the first first. */
export const typing = store(nobody);
const timers = new Map<string, ReturnType<typeof setTimeout>>();

export function takeTyping(chat: string, account: string, on: boolean) {
  const key = `${chat} ${account}`;
  clearTimeout(timers.get(key));
  timers.delete(key);
  const now = typing.get().get(chat) ?? [];
  if (on)
    timers.set(
      key,
      setTimeout(() => takeTyping(chat, account, false), forgets),
    );
  if (on === now.includes(account)) return;
  const next = new Map(typing.get());
  next.set(chat, on ? [...now, account] : now.filter((one) => one !== account));
  typing.set(next);
}

/** Tells a chat that one writes, as often as it wants to hear it, and that one stopped. */
export function typist(chat: string) {
  let told = 0;
  let end: ReturnType<typeof setTimeout> | undefined;
  const tell = (on: boolean) => {
    if (!connected()) return;
    live.ask("chat.typing", { chat_id: chat, typing: on }).catch(() => undefined);
  };
  const stop = () => {
    clearTimeout(end);
    if (told === 0) return;
    told = 0;
    tell(false);
  };
  const write = () => {
    clearTimeout(end);
    end = setTimeout(stop, stops);
    if (Date.now() - told < repeats) return;
    told = Date.now();
    tell(true);
  };
  return { write, stop };
}
