// A list as a table for other programs. A cell that a spreadsheet would take for a formula is told to be text.

/** RFC 4180, and a mark before what would be computed. */
export function cell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = /^[\t\r\n ]*[=+\-@]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Headings, and where their cells stand in a row: `owner.username`. */
export type Columns = Record<string, string>;

function at(row: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.entries(value).find(([key]) => key === name)?.[1];
  }, row);
}

export function table(rows: readonly unknown[], columns: Columns): string {
  const places = Object.values(columns);
  const lines = [Object.keys(columns), ...rows.map((row) => places.map((place) => at(row, place)))];
  return `${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** Hands a file to the browser. */
export function save(blob: Blob, name: string) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

export const saveTable = (text: string, name: string) =>
  save(new Blob([text], { type: "text/csv;charset=utf-8" }), name);
