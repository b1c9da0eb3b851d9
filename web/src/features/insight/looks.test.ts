// What is told, how often, and of whom.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { enter, leave } from "@/api/session";
import type { Session } from "@/api/types";
import { looked, watchLooks } from "./looks";
import { isInSight } from "./useSeen";

type Told = { body: Record<string, string[]>; token: string; keepalive: boolean };
let told: Told[];
let end: () => void;

function signIn(id: string) {
  enter({ access_token: `token-${id}`, expires_in: 600, account: { id } } as Session);
}

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  vi.stubGlobal("fetch", (_path: string, ask: RequestInit) => {
    const token = new Headers(ask.headers).get("Authorization") ?? "";
    told.push({ body: JSON.parse(String(ask.body)), token, keepalive: ask.keepalive === true });
    return Promise.resolve(new Response("{}", { status: 202 }));
  });
  end = watchLooks();
  signIn("1");
});

afterEach(() => {
  end();
  leave();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("looks go together, after some seconds", async () => {
  looked("seen", "7");
  looked("seen", "8");
  looked("viewed", "7");
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toHaveLength(1);
  expect(told[0]?.body).toEqual({ seen: ["7", "8"], viewed: ["7"], opened: [], followed: [], visited: [] });
  expect(told[0]?.token).toBe("Bearer token-1");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toHaveLength(1);
});

test("a hundred do not wait", async () => {
  for (let post = 0; post < 250; post += 1) looked("seen", String(post));
  await vi.advanceTimersByTimeAsync(0);
  expect(told.map(({ body }) => body.seen?.length)).toEqual([100, 100]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told.map(({ body }) => body.seen?.length)).toEqual([100, 100, 50]);
});

test("a page that goes away tells what it has, in a request that outlives it", () => {
  looked("seen", "7");
  window.dispatchEvent(new Event("pagehide"));
  expect(told.map(({ body, keepalive }) => [body.seen, keepalive])).toEqual([[["7"], true]]);
  window.dispatchEvent(new Event("pagehide"));
  expect(told).toHaveLength(1);
});

test("nobody tells what another looked at", async () => {
  looked("seen", "7");
  leave();
  signIn("2");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([]);
  looked("seen", "8");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told.map(({ body, token }) => [body.seen, token])).toEqual([[["8"], "Bearer token-2"]]);
});

test("who is not signed in tells nothing", async () => {
  leave();
  looked("seen", "7");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([]);
});

test("half of a post is in sight, or half a screen of one that is taller", () => {
  const entry = (intersectionRatio: number, height: number) => ({
    intersectionRatio,
    intersectionRect: { height },
    rootBounds: { height: 800 },
  });
  expect(isInSight(entry(0.49, 100))).toBe(false);
  expect(isInSight(entry(0.5, 100))).toBe(true);
  expect(isInSight(entry(0.2, 399))).toBe(false);
  expect(isInSight(entry(0.2, 400))).toBe(true);
});
