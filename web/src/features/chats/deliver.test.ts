import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const ask = vi.fn((_event: string, _body: { chat_id: string; number: number }) => Promise.resolve({}));
const state = { connected: true };
vi.mock("@/api/live", () => ({ live: { ask }, LiveError: class extends Error {} }));
vi.mock("./connection", () => ({ connected: () => state.connected }));
const { tellDelivered } = await import("./deliver");

const told = () => ask.mock.calls.map(([, { chat_id, number }]) => `${chat_id}:${number}`);

describe("what was delivered", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    ask.mockClear();
    state.connected = true;
  });
  afterEach(async () => {
    await vi.runAllTimersAsync();
    vi.useRealTimers();
  });

  it("is told at once, and of many chats one after the other", async () => {
    for (const chat of ["a", "b", "c"]) tellDelivered(chat, 7);
    expect(told()).toEqual(["a:7"]);
    await vi.runAllTimersAsync();
    expect(told()).toEqual(["a:7", "b:7", "c:7"]);
  });
  it("is told once of each chat that waits, as far as it came", async () => {
    tellDelivered("a", 1);
    for (const number of [2, 4, 3]) tellDelivered("b", number);
    tellDelivered("a", 5);
    await vi.runAllTimersAsync();
    expect(told()).toEqual(["a:1", "b:4", "a:5"]);
  });
  it("waits for no connection", async () => {
    state.connected = false;
    tellDelivered("a", 1);
    await vi.runAllTimersAsync();
    state.connected = true;
    tellDelivered("b", 2);
    expect(told()).toEqual(["b:2"]);
  });
});
