// The last feed and chats stay readable without a connection: the part of the query cache that is worth it
// lies in IndexedDB, for one account at a time and up to a bound, and is forgotten when nobody is signed in.
import type { Query, QueryClient } from "@tanstack/react-query";
import { clear, createStore, get, set } from "idb-keyval";
import type { CredentialAccount } from "@/api/types";

/** The client's release, which the build fills in. */
declare const __VERSION__: string;

type Entry = { key: readonly unknown[]; data: unknown; at: number };
/** `of` changes with the shapes of the cache; what an older client wrote is not read. */
type Kept = { of: string; account: CredentialAccount; entries: Entry[] };

const of = `1:${__VERSION__}`;
const slot = "last";
/** How many of each kind, newest first. */
const bounds: Record<string, number> = {
  list: 6,
  post: 300,
  account: 300,
  handle: 300,
  notifications: 1,
  instance: 1,
  badges: 1,
  chat: 100,
  "chat-messages": 20,
};
/** Letters of one entry and of all: a few megabytes at most. */
const mostOfOne = 300_000;
const mostOfAll = 3_000_000;
/** Lists beyond those that are opened again and again are not kept. */
const lists = new Set(["home", "local", "chats", "chat-requests", "bookmarks", "account"]);

let opened: ReturnType<typeof createStore> | undefined;
const place = () => {
  opened ??= createStore("sociosphere-cache", "cache");
  return opened;
};
/** Whatever else is old is read again as soon as that can be; these come with the lists that hold them. */
const entities = new Set<unknown>(["post", "account", "handle", "chat"]);

const isWorth = ({ queryKey: [kind, name], state }: Query) =>
  state.status === "success" &&
  typeof kind === "string" &&
  kind in bounds &&
  (kind !== "list" || (typeof name === "string" && lists.has(name))) &&
  (kind !== "notifications" || name === "list");

/** What is kept of a cache: the newest of each kind, and of endless lists the first page. */
export function worthKeeping(cache: QueryClient): Entry[] {
  const left = { ...bounds };
  let room = mostOfAll;
  const newest = cache.getQueryCache().getAll().filter(isWorth);
  newest.sort((a, b) => b.state.dataUpdatedAt - a.state.dataUpdatedAt);
  return newest.flatMap(({ queryKey, state }) => {
    const kind = String(queryKey[0]);
    const data = kind === "chat-messages" ? state.data : firstPage(state.data);
    const size = JSON.stringify(data)?.length ?? mostOfOne;
    const some = left[kind] ?? 0;
    if (some === 0 || size >= mostOfOne || size > room) return [];
    left[kind] = some - 1;
    room -= size;
    return [{ key: queryKey, data, at: state.dataUpdatedAt }];
  });
}

function firstPage(data: unknown): unknown {
  if (typeof data !== "object" || data === null || !("pages" in data) || !("pageParams" in data)) return data;
  const { pages, pageParams } = data;
  if (!Array.isArray(pages) || !Array.isArray(pageParams)) return data;
  return { ...data, pages: pages.slice(0, 1), pageParams: pageParams.slice(0, 1) };
}

/** Writes what is worth it, now and then and when the page goes away; what it returns stops that. */
export function remember(cache: QueryClient, account: () => CredentialAccount | null): () => void {
  let timer: number | undefined;
  const write = () => {
    window.clearTimeout(timer);
    timer = undefined;
    const me = account();
    if (!me) return;
    const kept: Kept = { of, account: me, entries: worthKeeping(cache) };
    // Full or forbidden storage only means that nothing is there without a connection.
    set(slot, kept, place()).catch(() => undefined);
  };
  const leave = cache.getQueryCache().subscribe(({ type }) => {
    if (type === "updated" && timer === undefined) timer = window.setTimeout(write, 2_000);
  });
  const hide = () => document.visibilityState === "hidden" && timer !== undefined && write();
  document.addEventListener("visibilitychange", hide);
  return () => {
    window.clearTimeout(timer);
    leave();
    document.removeEventListener("visibilitychange", hide);
  };
}

/** Who was signed in last here, and what they read; null if nothing is kept. */
export async function recall(): Promise<Kept | null> {
  const kept = await get<Kept>(slot, place()).catch(() => undefined);
  return kept?.of === of ? kept : null;
}

/** Puts back what was kept. */
export function putBack(cache: QueryClient, entries: readonly Entry[]) {
  for (const { key, data, at } of entries)
    cache.setQueryData(key, data, entities.has(key[0]) ? undefined : { updatedAt: at });
  void cache.invalidateQueries({
    predicate: ({ queryKey }) => !entities.has(queryKey[0]),
    refetchType: "none",
  });
}

export const forgetKept = () => clear(place()).catch(() => undefined);
