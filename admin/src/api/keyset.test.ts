import { expect, test } from "vitest";
import { gather, Keyset, type Read } from "./keyset";

const numbers = (many: number) => {
  const asked: (string | null)[] = [];
  const read: Read<number> = async (cursor, limit) => {
    asked.push(cursor);
    const from = cursor === null ? 0 : Number(cursor);
    const items = Array.from({ length: Math.min(limit, many - from) }, (_, at) => from + at);
    return { items, next: from + limit < many ? String(from + limit) : null };
  };
  return { asked, read };
};

test("the next page is one question, because its cursor is known", async () => {
  const { asked, read } = numbers(10);
  const keyset = new Keyset();
  expect((await keyset.page("q", 1, 3, read)).items).toEqual([0, 1, 2]);
  expect((await keyset.page("q", 2, 3, read)).items).toEqual([3, 4, 5]);
  expect(asked).toEqual([null, "3"]);
});

test("a link to a far page walks there, and back is one question again", async () => {
  const { asked, read } = numbers(10);
  const keyset = new Keyset();
  expect(await keyset.page("q", 4, 3, read)).toEqual({ items: [9], next: null });
  expect(asked).toEqual([null, "3", "6", "9"]);
  expect((await keyset.page("q", 2, 3, read)).items).toEqual([3, 4, 5]);
  expect(asked).toHaveLength(5);
});

test("a page behind the end is empty", async () => {
  expect(await new Keyset().page("q", 9, 3, numbers(10).read)).toEqual({ items: [], next: null });
});

test("cursors of one question are not used for another", async () => {
  const { asked, read } = numbers(10);
  const keyset = new Keyset();
  await keyset.page("newest", 1, 3, read);
  await keyset.page("oldest", 2, 3, read);
  expect(asked).toEqual([null, null, "3"]);
});

test("cursors that changed meanwhile are forgotten from there on", async () => {
  const keyset = new Keyset();
  const { read } = numbers(10);
  await keyset.page("q", 3, 3, read);
  const shorter = numbers(4);
  await keyset.page("q", 1, 3, shorter.read);
  expect((await keyset.page("q", 2, 3, shorter.read)).items).toEqual([3]);
  expect(await keyset.page("q", 3, 3, shorter.read)).toEqual({ items: [], next: null });
});

test("an export takes pages until it has enough", async () => {
  const { asked, read } = numbers(500);
  expect(await gather(read, 450)).toHaveLength(450);
  expect(asked).toEqual([null, "200", "400"]);
  expect(await gather(numbers(3).read, 450)).toEqual([0, 1, 2]);
});
