import { expect, test } from "vitest";
import { nextOf } from "@/api/client";
import { lengthOf } from "@/features/composer/length";
import { splitQuery, without } from "@/features/search/operators";
import { en } from "./en";
import { plainText, readHtml } from "./readHtml";
import { shortTime } from "./time";

test("plurals follow the number, and numbers are grouped", () => {
  expect(en.feed.fresh(1)).toBe("1 new post");
  expect(en.feed.fresh(2)).toBe("2 new posts");
  expect(en.feed.fresh(1204)).toBe("1,204 new posts");
  expect(en.compose.left(-1)).toBe("1 character too many");
  expect(en.notices.line("favourite", "Mara", 1).who).toBe("Mara and 1 other");
});

test("no sentence of the catalogue shouts", () => {
  const words = (value: unknown): string[] =>
    typeof value === "string"
      ? [value]
      : typeof value === "object" && value
        ? Object.values(value).flatMap(words)
        : [];
  expect(words(en).filter((one) => one.includes("!"))).toEqual([]);
});

test("what the server's HTML may not hold is dropped or becomes text", () => {
  const read = JSON.stringify(
    readHtml(
      '<p onclick="x()">a<script>alert(1)</script><img src=x onerror=y><a href="javascript:z">b</a></p>',
    ),
  );
  expect(read).not.toMatch(/alert|onerror|onclick|javascript|script/);
  expect(plainText("<p>a &lt;b&gt; &#x1F30A;</p><p>c<br>d</p>")).toBe("a <b> 🌊 c d");
});

test("times are short for as long as that says enough", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(shortTime("2026-11-21T11:59:40Z", now)).toBe("now");
  expect(shortTime("2026-11-21T09:00:00Z", now)).toBe("3h");
  expect(shortTime("2026-11-01T09:00:00Z", now)).toBe("1 Nov");
  expect(shortTime("2024-11-01T09:00:00Z", now)).toBe("1 Nov 2024");
});

test("a link counts 23 and a family of emoji one", () => {
  expect(lengthOf("https://example.org/a/very/long/path/that/goes/on")).toBe(23);
  expect(lengthOf("👩‍👩‍👧‍👦")).toBe(1);
  expect(lengthOf("@bo@far.example hi")).toBe(6);
});

test("operators are told from words, and can be taken out", () => {
  expect(splitQuery("from:bo rye bread has:media")).toEqual({
    words: "rye bread",
    operators: ["from:bo", "has:media"],
  });
  expect(without("from:bo rye has:media", "from:bo")).toBe("rye has:media");
});

test("the next page comes from the Link header, as a path of our own", () => {
  expect(
    nextOf('<http://x/api/v1/timelines/home?max_id=5>; rel="next", <http://x/y?min_id=9>; rel="prev"'),
  ).toBe("/api/v1/timelines/home?max_id=5");
  expect(nextOf('<http://x/y?min_id=9>; rel="prev"')).toBeNull();
});
