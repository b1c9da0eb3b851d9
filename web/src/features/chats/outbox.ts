// Messages that were written and not yet acknowledged. They lie in localStorage, per account, and survive a reload, a
// crash and a day without a network; each goes out under the name it was given (client_id), so that a repeat is the
// same message. Within a chat they go one after the other, in the order they were written; one tab sends at a time.
import type { ChatDraft } from "@/api/chats";
import { ApiError } from "@/api/errors";
import { LiveError } from "@/api/live";
import type { ChatMessage, MediaAttachment } from "@/api/types";
import { store } from "@/entities/store";
import { explain } from "@/ui/explain";

export type Waiting = {
  clientId: string;
  chatId: string;
  text: string;
  replyTo: { id: string; number: number } | null;
  media: MediaAttachment[];
  /** When it was written. */
  at: string;
  /** Number of the newest message known then: its own comes after it. */
  after: number;
  state: "waiting" | "failed";
  error?: string;
};
export type Written = Pick<Waiting, "chatId" | "text" | "replyTo" | "media" | "after">;
export type Deliver = (chatId: string, draft: ChatDraft) => Promise<ChatMessage>;

type Outbox = { account: string; deliver: Deliver; sent: (message: ChatMessage) => void };

const none: readonly Waiting[] = [];
export const outbox = store(none);
/** What is on its way now. */
export const inFlight = store<ReadonlySet<string>>(new Set());
/** Under which name a message of this tab went out: its row stays the same one. */
export const nameOf = new Map<string, string>();

let open: Outbox | null = null;
let running: Promise<void> | null = null;
let again = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let pause = 0;

const keyOf = (account: string) => `sociosphere.messages.${account}`;

export function isWaiting(value: unknown): value is Waiting {
  if (typeof value !== "object" || value === null) return false;
  return (
    "clientId" in value &&
    typeof value.clientId === "string" &&
    "chatId" in value &&
    typeof value.chatId === "string" &&
    "text" in value &&
    typeof value.text === "string" &&
    "media" in value &&
    Array.isArray(value.media) &&
    "state" in value &&
    (value.state === "waiting" || value.state === "failed")
  );
}

function load(): readonly Waiting[] {
  if (!open) return none;
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(open.account)) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isWaiting) : none;
  } catch {
    // Storage is forbidden: what this tab remembers is all there is.
    return outbox.get();
  }
}

function update(how: (list: readonly Waiting[]) => readonly Waiting[]) {
  if (!open) return;
  const list = how(load());
  try {
    if (list.length > 0) localStorage.setItem(keyOf(open.account), JSON.stringify(list));
    else localStorage.removeItem(keyOf(open.account));
  } catch {
    // Full or forbidden storage: it goes out from memory.
  }
  outbox.set(list);
}

/** Opens somebody's outbox; what lies in it goes out. The answer closes it. */
export function openOutbox(account: string, deliver: Deliver, sent: Outbox["sent"]): () => void {
  const mine: Outbox = { account, deliver, sent };
  open = mine;
  pause = 0;
  outbox.set(load());
  const onStorage = (event: StorageEvent) => {
    if (event.key === keyOf(account)) outbox.set(load());
  };
  const onOnline = () => void flush();
  window.addEventListener("storage", onStorage);
  window.addEventListener("online", onOnline);
  void flush();
  return () => {
    window.removeEventListener("storage", onStorage);
    window.removeEventListener("online", onOnline);
    clearTimeout(timer);
    if (open !== mine) return;
    open = null;
    outbox.set(none);
    inFlight.set(new Set());
  };
}

export function post(written: Written): string {
  const clientId = crypto.randomUUID();
  update((list) => [
    ...list,
    { ...written, clientId, at: new Date().toISOString(), state: "waiting" as const },
  ]);
  void flush();
  return clientId;
}

/** What was refused is tried again, after all that waits in its chat. */
export function retry(clientId: string) {
  update((list) => {
    const one = list.find((each) => each.clientId === clientId);
    if (!one) return list;
    const { error: _, ...rest } = one;
    return [...list.filter((each) => each !== one), { ...rest, state: "waiting" as const }];
  });
  void flush();
}

/** Takes a message back that did not go out. */
export const discard = (clientId: string) =>
  update((list) => list.filter((one) => one.clientId !== clientId));

/** Sends what waits; resolves when there is nothing more to try now. */
export function flush(): Promise<void> {
  clearTimeout(timer);
  if (running) {
    again = true;
    return running;
  }
  again = false;
  running = alone(sendAll).finally(() => {
    running = null;
    if (again) void flush();
  });
  return running;
}

async function alone(work: () => Promise<void>): Promise<void> {
  if (!("locks" in navigator)) return work();
  await navigator.locks.request("sociosphere.messages", work);
}

async function sendAll(): Promise<void> {
  const chatsOf = new Set(load().flatMap((one) => (one.state === "waiting" ? [one.chatId] : [])));
  const done = await Promise.all([...chatsOf].map(sendChat));
  if (done.every(Boolean)) {
    pause = 0;
    return;
  }
  // It comes back by itself: longer each time, up to half a minute, never all tabs and people at once.
  pause = Math.min(30_000, Math.max(1_000, pause * 2));
  timer = setTimeout(() => void flush(), pause * (0.75 + Math.random() / 2));
}

/** True if nothing of the chat waits any more. */
async function sendChat(chatId: string): Promise<boolean> {
  for (;;) {
    const now = open;
    const next = load().find((one) => one.chatId === chatId && one.state === "waiting");
    if (!now || !next) return true;
    inFlight.set(new Set([...inFlight.get(), next.clientId]));
    try {
      const message = await now.deliver(chatId, draftOf(next));
      if (open !== now) return true;
      nameOf.set(message.id, next.clientId);
      now.sent(message);
      discard(next.clientId);
    } catch (error) {
      if (open !== now) return true;
      if (!isFinal(error)) return false;
      const words = error instanceof LiveError ? error.message : explain(error);
      update((list) =>
        list.map((one) =>
          one.clientId === next.clientId ? { ...one, state: "failed" as const, error: words } : one,
        ),
      );
    } finally {
      inFlight.set(new Set([...inFlight.get()].filter((id) => id !== next.clientId)));
    }
  }
}

const draftOf = ({ clientId, text, replyTo, media }: Waiting): ChatDraft => ({
  client_id: clientId,
  text,
  ...(replyTo && { reply_to_id: replyTo.id }),
  ...(media.length > 0 && { media_ids: media.map((one) => one.id) }),
});

const passing = new Set([401, 408, 425, 429]);
const passingCodes = new Set([
  "offline",
  "timeout",
  "invalid_token",
  "sign_in_required",
  "too_many",
  "defect",
  "unavailable",
  "read_only",
]);

/** The server understood and said no. Everything else may be different in a moment. */
export function isFinal(error: unknown): boolean {
  if (error instanceof ApiError) return error.status < 500 && !passing.has(error.status);
  if (error instanceof LiveError) return error.retryAfterS === undefined && !passingCodes.has(error.code);
  return false;
}

/**
 * What of the outbox is shown under the messages of a chat. A message can come back as an event before its
 * acknowledgement: of what is on its way, each is matched by at most one own message with its words that is newer.
 */
export function shown(
  list: readonly Waiting[],
  flying: ReadonlySet<string>,
  chatId: string,
  known: readonly ChatMessage[],
  me: string,
): Waiting[] {
  const used = new Set<string>();
  return list.filter((one) => {
    if (one.chatId !== chatId) return false;
    if (!flying.has(one.clientId)) return true;
    const arrived = known.find(
      (message) =>
        message.account_id === me &&
        message.number > one.after &&
        message.text === one.text &&
        !used.has(message.id) &&
        !nameOf.has(message.id),
    );
    if (arrived) used.add(arrived.id);
    return !arrived;
  });
}
