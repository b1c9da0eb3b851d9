// A list as a table for other programs. A cell that a spreadsheet would take for a formula is told to be text.

/** RFC 4180, and a mark before what would be computed. */
export function cell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = /^[\t\r\n ]*[=+\-@]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export type Columns<T> = Record<string, (row: T) => unknown>;

export function table<T>(rows: readonly T[], columns: Columns<T>): string {
  const names = Object.keys(columns);
  const lines = [names.map(cell), ...rows.map((row) => names.map((name) => cell(columns[name]?.(row))))];
  return `${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
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
