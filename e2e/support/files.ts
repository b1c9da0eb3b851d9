// Files that people of the stories have.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator } from "@playwright/test";

function drawn(name: string, ...options: string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "sociosphere-file-"));
  const path = join(folder, name);
  execFileSync("ffmpeg", ["-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", ...options, path]);
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

/** A picture with many colours. */
export const picture = (size = "320x200") => drawn("picture.png", "-i", `testsrc2=size=${size}:rate=1`, "-frames:v", "1");
/** A picture of one colour. */
export const square = () => drawn("square.png", "-i", "color=c=teal:size=96x96:rate=1", "-frames:v", "1");
/** Three seconds of a tone. */
export const tone = () => drawn("tone.mp3", "-i", "sine=frequency=440:duration=3");

/** Gives files to an element as a hand or the clipboard does. */
export const give = (to: Locator, by: "paste" | "drop", files: { name: string; type: string; bytes: Uint8Array }[]) =>
  to.evaluate(
    (element, { by, files }) => {
      const data = new DataTransfer();
      for (const { name, type, bytes } of files) data.items.add(new File([new Uint8Array(bytes)], name, { type }));
      const kind = { bubbles: true, cancelable: true };
      if (by === "paste") return void element.dispatchEvent(new ClipboardEvent("paste", { ...kind, clipboardData: data }));
      for (const event of ["dragover", "drop"]) element.dispatchEvent(new DragEvent(event, { ...kind, dataTransfer: data }));
    },
    { by, files: files.map((one) => ({ ...one, bytes: [...one.bytes] })) },
  );
