// What client and server say to each other over the live connection: names, bodies and acknowledgements.
import type { components } from "./schema";
import type { Account, Announcement, Notification, Status } from "./types";

type Schemas = components["schemas"];
type Chat = Schemas["Chat"];
type ChatMessage = Schemas["ChatMessage"];

export type Presence = { account_id: string; online: boolean; last_seen_at: string | null };
export type Unread = { notifications: number; chats: number; requests: number };
export type Counts = { id: string; replies_count: number; reblogs_count: number; favourites_count: number };
/** A feed beside one's own, while a screen shows it. */
export type Stream = { stream: "public:local" } | { stream: "hashtag"; tag: string };

/** What the server tells. */
export type ServerEvents = {
  ready: { mark: string };
  update: { stream: string[]; status: Status; mark: string };
  "status.update": { status: Status };
  delete: { id: string };
  "status.counts": Counts;
  notification: { notification: Notification };
  unread: Unread;
  markers: Schemas["Markers"];
  "chat.message": { chat_id: string; message: ChatMessage; account: Account | null; mark: string };
  "chat.changed": { chat_id: string; message: ChatMessage; mark: string };
  "chat.updated": { chat: Chat; accounts: Account[] };
  "chat.gone": { chat_id: string };
  "chat.read": { chat_id: string; account_id: string; number: number };
  "chat.delivered": { chat_id: string; account_id: string; number: number };
  "chat.typing": { chat_id: string; account_id: string; typing: boolean };
  presence: Presence;
  announcement: Announcement;
  "announcement.delete": { id: string };
  resync: { topics: string[] };
  "session.ended": { reason: string };
};

type Nothing = Record<never, never>;
type NewMessage = {
  chat_id: string;
  client_id: string;
  text: string;
  reply_to_id?: string;
  media_ids?: string[];
};

/** What a screen asks. What tabs wish together (feeds, counts, presence) goes by `live.follow` and its like. */
export type ClientEvents = {
  "chat.send": { body: NewMessage; ack: { message: ChatMessage } };
  "chat.read": { body: { chat_id: string; number: number }; ack: { read_number: number } };
  "chat.delivered": { body: { chat_id: string; number: number }; ack: Nothing };
  "chat.typing": { body: { chat_id: string; typing: boolean }; ack: Nothing };
};

/** What a client has of a chat: the number of its newest message, and the mark of the newest change. */
export type Held = { id: string; number: number; mark: string };
export type Resumed = { chats: (Held & { resync: boolean })[]; feeds: "ok" | "resync" };

/** What the connection itself asks, for all tabs together. */
export type WireEvents = ClientEvents & {
  renew: { body: { token: string }; ack: Nothing };
  follow: { body: Stream; ack: Nothing };
  unfollow: { body: Stream; ack: Nothing };
  watch: { body: { status_ids: string[] }; ack: Nothing };
  /** Answers with what is known; the rest comes as events. */
  watch_people: { body: { account_ids: string[] }; ack: { presence: Presence[] } };
  active: { body: { active: boolean }; ack: Nothing };
  resume: { body: { chats: Held[]; mark: string }; ack: Resumed };
};

/** `live` over a WebSocket; `polling` by the slower way that works behind anything. */
export type LiveState = "live" | "connecting" | "polling" | "offline";

/** What the server refused, or `offline` when there is no connection. */
export class LiveError extends Error {
  readonly code: string;
  readonly retryAfterS: number | undefined;

  constructor(code: string, message: string, retryAfterS?: number) {
    super(message);
    this.name = "LiveError";
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

export const offline = () => new LiveError("offline", "there is no connection");

/** Every event of the server, once, for all its kinds. */
export type Told = { [K in keyof ServerEvents]: { event: K; body: ServerEvents[K] } }[keyof ServerEvents];
