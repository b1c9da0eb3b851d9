import { describe, expect, it } from "vitest";
import { ApiError, problemOf } from "@/api/errors";
import { t } from "@/text";
import { explain } from "./explain";

const said = (status: number, body: string) => explain(new ApiError(status, problemOf(status, body)));

describe("an error in a sentence", () => {
  it("lets the server say why it cannot now", () => {
    const why = "Read-only for a while: all can be read, and nothing saved";
    expect(said(503, JSON.stringify({ error: why }))).toBe(why);
    expect(said(503, JSON.stringify({ title: "x", detail: why, code: "read_only" }))).toBe(why);
  });
  it("has words of its own for a proxy's page and for a defect", () => {
    expect(said(503, "<html>Service Unavailable</html>")).toBe(t.errors.server);
    expect(said(500, JSON.stringify({ error: "Something went wrong on our side" }))).toBe(t.errors.server);
  });
});
