// The messages of the chat that is open: where it opens, and on from there in both directions.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { messages } from "@/api/chats";
import { live } from "@/api/live";
import type { Chat, MessagePage } from "@/api/types";
import { keepAccounts } from "@/entities/cache";
import { sayError } from "@/ui/toast";
import { catchUp, chatKeys, keepLinked, setWindow } from "./cache";
import { pollEvery, useConnected } from "./connection";
import { fromAround, fromNewest, joinNewer, joinOlder, lastNumber, pageSize, type Window } from "./window";

export function useHistory(chat: Chat, at: number | undefined) {
  const cache = useQueryClient();
  const online = useConnected();
  const busy = useRef({ older: false, newer: false });
  const { id } = chat;
  const key = chatKeys.window(id);

  const keep = (page: MessagePage) => {
    keepAccounts(cache, page.accounts);
    keepLinked(cache, page.messages);
    return page.messages;
  };
  const around = async (number: number, signal?: AbortSignal) =>
    fromAround(keep(await messages.page(id, { around: number, limit: pageSize }, signal)), number, pageSize);
  const newest = async (signal?: AbortSignal) => {
    const window = fromNewest(keep(await messages.page(id, { limit: pageSize }, signal)), pageSize);
    // A new connection brings what comes after it.
    live.hold(id, lastNumber(window));
    return window;
  };

  const query = useQuery<Window>({
    queryKey: key,
    queryFn: ({ signal }) => {
      if (at !== undefined) return around(at, signal);
      // The first unread is on the newest page, or it is read around.
      return chat.unread_count > pageSize - 10 ? around(chat.read_number, signal) : newest(signal);
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10 * 60_000,
  });

  // What came while nobody looked, and what comes while nothing is live.
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") catchUp(cache, id).catch(() => undefined);
    };
    look();
    if (online) return;
    const timer = setInterval(look, pollEvery);
    window.addEventListener("focus", look);
    return () => {
      clearInterval(timer);
      window.removeEventListener("focus", look);
    };
  }, [cache, id, online]);
  // A window in the middle of history is not where one comes back to.
  useEffect(
    () => () => {
      const left = cache.getQueryData<Window>(chatKeys.window(id));
      if (left && !left.end) cache.removeQueries({ queryKey: chatKeys.window(id) });
    },
    [cache, id],
  );

  const grow = async (side: "older" | "newer") => {
    const now = query.data;
    const done = side === "older" ? now?.start : now?.end;
    if (!now || done || busy.current[side]) return;
    busy.current[side] = true;
    const number = side === "older" ? (now.messages[0]?.number ?? 0) : lastNumber(now);
    try {
      const place = side === "older" ? { before: number } : { after: number };
      const page = keep(await messages.page(id, { ...place, limit: pageSize }));
      setWindow(cache, id, (window) =>
        side === "older" ? joinOlder(window, page, pageSize) : joinNewer(window, page, pageSize),
      );
    } catch (error) {
      sayError(error);
    } finally {
      busy.current[side] = false;
    }
  };
  const jump = async (number: number) => {
    if (!query.data?.messages.some((one) => one.number === number))
      cache.setQueryData<Window>(key, await around(number));
  };
  const toNewest = async () => {
    if (!query.data?.end) cache.setQueryData<Window>(key, await newest());
  };
  return {
    window: query.data,
    error: query.error,
    again: () => void query.refetch(),
    older: () => grow("older"),
    newer: () => grow("newer"),
    jump,
    toNewest,
  };
}
