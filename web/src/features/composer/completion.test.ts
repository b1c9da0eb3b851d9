import { describe, expect, it } from "vitest";
import type { Account } from "@/api/types";
import { type Choice, complete, fitting, nearFirst, type Word, wordAt } from "./completion";

const at = (marked: string) => {
  const caret = marked.indexOf("|");
  const text = marked.replace("|", "");
  return { text, word: wordAt(text, caret) };
};

describe("the word that is being written", () => {
  it("is a handle or a tag around the caret", () => {
    expect(at("hello @ad|").word).toEqual({ kind: "person", letters: "ad", from: 6, to: 9 });
    expect(at("(@ad|a) and").word).toMatchObject({ letters: "ad", from: 1, to: 5 });
    expect(at("#Größ|").word).toMatchObject({ kind: "tag", letters: "Größ" });
    expect(at("line\n#a|").word).toMatchObject({ kind: "tag", from: 5 });
  });
  it("is none in an address, behind a space, or before a letter is there", () => {
    for (const text of [
      "ada@example|",
      "https://x.org/#top|",
      "https://x.org/@ada|",
      "@|",
      "@ada |",
      "ada|",
      "#|",
    ])
      expect(at(text).word).toBeNull();
  });
});

describe("a choice", () => {
  const chosen = (marked: string, choice: string) => {
    const { text, word } = at(marked);
    return word && complete(text, word, choice);
  };
  it("takes the place of the word, with one space behind it unless a sign follows", () => {
    expect(chosen("hello @ad|", "ada")).toEqual({ text: "hello @ada ", caret: 11 });
    expect(chosen("hello @ad| there", "ada")).toEqual({ text: "hello @ada there", caret: 11 });
    expect(chosen("@a|d, come", "ada")).toEqual({ text: "@ada, come", caret: 4 });
    expect(chosen("a #har|", "Harbour")).toEqual({ text: "a #Harbour ", caret: 11 });
  });
});

describe("what is offered", () => {
  const person = (name: string, display_name = ""): Choice => ({
    name,
    account: { acct: name, display_name } as Account,
  });
  const word = (letters: string): Word => ({ kind: "person", letters, from: 0, to: letters.length + 1 });
  const names = (letters: string, stale: boolean) =>
    fitting(
      [person("boris"), person("bob", "Bobby Bobbin"), { name: "bobbins", account: null }],
      word(letters),
      stale,
    ).map((one) => one.name);
  it("is of the kind that is written, as it was found", () => {
    expect(names("bo", false)).toEqual(["boris", "bob"]);
    expect(names("bø", false)).toEqual(["boris", "bob"]);
  });
  it("leaves out whom the letters do not name any more, until it is found anew", () => {
    expect(names("bob", true)).toEqual([]);
    expect(names("bobb", true)).toEqual(["bob"]);
  });
  it("begins with who is near, and has nobody twice", () => {
    const one = (id: string, acct: string, display_name = "") => ({ id, acct, display_name }) as Account;
    const near = [one("1", "ada"), one("2", "zoe", "Zoe Bodkin"), one("3", "bob")];
    const found = [one("4", "bo"), one("3", "bob")];
    expect(nearFirst("Bo", near, found).map((choice) => choice.name)).toEqual(["zoe", "bob", "bo"]);
  });
  it("is nothing where it stands already", () => {
    expect(fitting([person("bob")], word("Bob"), false)).toEqual([]);
  });
});
