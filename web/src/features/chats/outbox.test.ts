import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ChatDraft } from "@/api/chats";
import { ApiError } from "@/api/errors";
import type { ChatMessage } from "@/api/types";
import { message } from "./fixtures";
import { discard, flush, openOutbox, outbox, post, retry, shown, type Waiting } from "./outbox";

const written = (text: string, chatId = "c") => ({ chatId, text, replyTo: null, media: [], after: 0 });
const refusal = (status: number) =>
  new ApiError(status, { status, type: "", code: "x", title: "no", detail: "no" });

/** A server that keeps each name once, and answers as it is told. */
function server() {
  const kept: [string, string, string][] = [];
  let answer: () => unknown = () => undefined;
  const deliver = async (chatId: string, draft: ChatDraft): Promise<ChatMessage> => {
    const before = answer();
    if (before instanceof Error) throw before;
    if (!kept.some((one) => one[1] === draft.client_id)) kept.push([chatId, draft.client_id, draft.text]);
    const after = answer();
    if (after instanceof Error) throw after;
    return message(kept.length, { chat_id: chatId, text: draft.text, account_id: "me", id: draft.client_id });
  };
  return { kept, deliver, say: (how: () => unknown) => (answer = how) };
}

let close = () => {};
const sent = vi.fn();
beforeEach(() => localStorage.clear());
afterEach(() => {
  close();
  sent.mockClear();
});

test("messages go out one after the other in the order they were written", async () => {
  const { kept, deliver } = server();
  close = openOutbox("me", deliver, sent);
  for (const text of ["one", "two", "three"]) post(written(text));
  await vi.waitFor(() => expect(outbox.get()).toEqual([]));
  expect(kept.map((one) => one[2])).toEqual(["one", "two", "three"]);
  expect(sent).toHaveBeenCalledTimes(3);
});

test("a message whose answer was lost is sent again under its name, and is there once", async () => {
  const { kept, deliver, say } = server();
  // The server keeps it, and the answer does not arrive.
  let call = 0;
  say(() => (++call % 2 === 0 ? new TypeError("network") : undefined));
  close = openOutbox("me", deliver, sent);
  post(written("once"));
  await vi.waitFor(() => expect(kept).toHaveLength(1));
  await flush();
  expect(outbox.get()).toMatchObject([{ text: "once", state: "waiting" }]);
  say(() => undefined);
  await flush();
  expect(kept).toHaveLength(1);
  expect(outbox.get()).toEqual([]);
});

test("what waits survives a reload, and goes out in its order", async () => {
  const { kept, deliver, say } = server();
  say(() => new TypeError("network"));
  close = openOutbox("me", deliver, sent);
  post(written("first"));
  post(written("second"));
  await flush();
  close();
  expect(outbox.get()).toEqual([]);
  say(() => undefined);
  close = openOutbox("me", deliver, sent);
  await vi.waitFor(() => expect(outbox.get()).toEqual([]));
  expect(kept.map((one) => one[2])).toEqual(["first", "second"]);
});

test("nobody sends what another account wrote here", async () => {
  const { kept, deliver, say } = server();
  say(() => new TypeError("network"));
  close = openOutbox("me", deliver, sent);
  post(written("mine"));
  await flush();
  close();
  say(() => undefined);
  close = openOutbox("other", deliver, sent);
  await flush();
  expect(kept).toEqual([]);
});

test("what the server refuses is said and does not stop the next; tried again, it goes last", async () => {
  const { kept, deliver, say } = server();
  let refuse = true;
  say(() => {
    const now = refuse;
    refuse = false;
    return now ? refusal(422) : undefined;
  });
  close = openOutbox("me", deliver, sent);
  const bad = post(written("bad"));
  post(written("good"));
  await vi.waitFor(() => expect(kept.map((one) => one[2])).toEqual(["good"]));
  expect(outbox.get()).toMatchObject([{ text: "bad", state: "failed", error: "no" }]);
  retry(bad);
  await vi.waitFor(() => expect(kept.map((one) => one[2])).toEqual(["good", "bad"]));
  await vi.waitFor(() => expect(outbox.get()).toEqual([]));
});

test("a chat that cannot be reached does not hold another one up", async () => {
  const { kept, deliver } = server();
  close = openOutbox(
    "me",
    (chat, draft) => (chat === "away" ? Promise.reject(refusal(503)) : deliver(chat, draft)),
    sent,
  );
  const stuck = post(written("stuck", "away"));
  post(written("through", "near"));
  await vi.waitFor(() => expect(kept.map((one) => one[2])).toEqual(["through"]));
  expect(outbox.get().map((one) => one.text)).toEqual(["stuck"]);
  discard(stuck);
  expect(outbox.get()).toEqual([]);
});

const waiting = (clientId: string, text: string): Waiting => ({
  ...written(text),
  clientId,
  at: "",
  state: "waiting",
  after: 3,
});

test("a message that came back as an event before its answer is not shown twice", () => {
  const list = [waiting("a", "hello"), waiting("b", "hello"), waiting("c", "later")];
  const own = { account_id: "me", text: "hello" };
  const flying = new Set(["a", "b"]);
  const names = (known: ChatMessage[]) => shown(list, flying, "c", known, "me").map((one) => one.clientId);
  expect(names([])).toEqual(["a", "b", "c"]);
  expect(names([message(4, own)])).toEqual(["b", "c"]);
  expect(names([message(4, own), message(5, own)])).toEqual(["c"]);
  // An older one with the same words is another message.
  expect(names([message(2, own)])).toEqual(["a", "b", "c"]);
});
