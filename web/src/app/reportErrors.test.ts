import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "@/api/errors";
import { reporter } from "./reportErrors";

const sent: { path: string; body: Record<string, string>; init: RequestInit }[] = [];

beforeEach(() => {
  sent.length = 0;
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    sent.push({ path, body: JSON.parse(String(init.body)) as Record<string, string>, init });
    return Promise.reject(new TypeError("network"));
  });
});
afterEach(() => vi.unstubAllGlobals());

test("an error is reported once, with the page's pattern and no credentials", () => {
  const report = reporter(() => "/@$handle");
  report(new RangeError("too deep"));
  report(new RangeError("too deep"));
  expect(sent).toHaveLength(1);
  expect(sent[0]?.path).toBe("/api/sociosphere/v1/client-errors");
  expect(sent[0]?.body).toMatchObject({ message: "RangeError: too deep", place: "/@$handle" });
  expect(sent[0]?.body.version).toMatch(/^\d/);
  expect(sent[0]?.init.credentials).toBe("omit");
});

test("a visit reports a few errors, however many there are", () => {
  const report = reporter(() => "/");
  for (let number = 0; number < 100; number += 1) report(new Error(`${"x".repeat(10_000)} ${number}`));
  expect(sent.length).toBeLessThanOrEqual(5);
  expect(sent[0]?.body.message?.length).toBe(500);
});

test("refusals of the server, a lost network and what was called off are no errors of the client", () => {
  const report = reporter(() => "/");
  report(new ApiError(500, { type: "about:blank", status: 500, code: "defect", title: "no" }));
  report(new TypeError("Failed to fetch"));
  report(new DOMException("called off", "AbortError"));
  report("a text");
  expect(sent).toHaveLength(0);
  report(new TypeError("x is undefined"));
  expect(sent).toHaveLength(1);
});
