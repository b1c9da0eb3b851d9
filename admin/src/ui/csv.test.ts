import { expect, test } from "vitest";
import { cell, table } from "./csv";

test("i11_a_cell_that_would_be_computed_is_text", () => {
  for (const bad of ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1"]) {
    expect(cell(bad).replace(/^"/, ""), bad).toMatch(/^'/);
  }
  expect(cell("-12.5")).toBe("-12.5");
  expect(cell(7)).toBe("7");
  expect(cell("ada@example.org")).toBe("ada@example.org");
});

test("quotes, commas and lines stay inside of their cell", () => {
  expect(cell('say "hi", then\ngo')).toBe('"say ""hi"", then\ngo"');
  const rows = [
    { a: 1, b: { c: "x,y" } },
    { a: "=2", b: null },
  ];
  expect(table(rows, { first: "a", second: "b.c" })).toBe('first,second\r\n1,"x,y"\r\n\'=2,\r\n');
});
