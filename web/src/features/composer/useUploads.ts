// The attachments of one composer: sent as soon as they are chosen, so that publishing waits for nothing.
import { useEffect, useRef, useState } from "react";
import { upload } from "@/api/client";
import { media as routes } from "@/api/endpoints";
import type { Instance, MediaAttachment } from "@/api/types";
import { t } from "@/text";
import { explain } from "@/ui/explain";
import { say } from "@/ui/toast";

export type Attachment = {
  key: string;
  kind: "image" | "video" | "audio";
  preview: string;
  progress: number;
  state: "uploading" | "preparing" | "ready" | "failed";
  error?: string;
  media?: MediaAttachment;
  description: string;
  focus: { x: number; y: number };
};

/** What may be attached, as a file chooser asks for it. */
export const mediaKinds = "image/*,video/*,audio/*";

const kindOf = (type: string): Attachment["kind"] =>
  type.startsWith("video") ? "video" : type.startsWith("audio") ? "audio" : "image";

export function attachmentOf(media: MediaAttachment): Attachment {
  return {
    key: media.id,
    kind: kindOf(media.type === "gifv" ? "video" : media.type),
    preview: media.preview_url ?? media.url ?? "",
    progress: 1,
    state: "ready",
    media,
    description: media.description ?? "",
    focus: media.meta?.focus ?? { x: 0, y: 0 },
  };
}

export function useUploads(
  start: readonly MediaAttachment[],
  limits: Instance["configuration"] | undefined,
  tooMany: (most: number) => string = t.compose.tooMany,
) {
  const [list, setList] = useState<Attachment[]>(() => start.map(attachmentOf));
  const stops = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const all = stops.current;
    return () => {
      for (const stop of all.values()) stop.abort();
    };
  }, []);

  const change = (key: string, part: Partial<Attachment>) =>
    setList((now) => now.map((one) => (one.key === key ? { ...one, ...part } : one)));

  const send = async (key: string, file: File) => {
    const stop = new AbortController();
    stops.current.set(key, stop);
    const form = new FormData();
    form.append("file", file);
    try {
      let { status, body } = await upload<MediaAttachment>(routes.path, form, {
        signal: stop.signal,
        onProgress: (progress) => change(key, { progress }),
      });
      for (let wait = 500; status === 202 || status === 206; wait = Math.min(wait * 1.5, 4000)) {
        change(key, { state: "preparing", progress: 1, media: body });
        await pause(wait, stop.signal);
        ({ status, body } = await routes.look(body.id, stop.signal));
      }
      change(key, { state: "ready", progress: 1, media: body });
    } catch (error) {
      if (!stop.signal.aborted) change(key, { state: "failed", error: explain(error) });
    } finally {
      stops.current.delete(key);
    }
  };

  const add = (files: Iterable<File>) => {
    const most = limits?.statuses.max_media_attachments ?? 4;
    const fresh: Attachment[] = [];
    for (const file of files) {
      const kind = kindOf(file.type);
      const all = [...list, ...fresh];
      const alone = kind !== "image" || all.some((one) => one.kind !== "image");
      if (all.length >= (alone ? 1 : most)) {
        say(tooMany(most));
        break;
      }
      const known = limits?.media_attachments.supported_mime_types;
      if (!/^(image|video|audio)\//.test(file.type) || (known?.length && !known.includes(file.type))) {
        say(t.compose.wrongKind);
        continue;
      }
      const most_bytes =
        kind === "image"
          ? limits?.media_attachments.image_size_limit
          : limits?.media_attachments.video_size_limit;
      if (most_bytes && file.size > most_bytes) {
        say(t.compose.tooLarge(Math.floor(most_bytes / 1_048_576)));
        continue;
      }
      const key = crypto.randomUUID();
      fresh.push({
        key,
        kind,
        preview: URL.createObjectURL(file),
        progress: 0,
        state: "uploading",
        description: "",
        focus: { x: 0, y: 0 },
      });
      void send(key, file);
    }
    if (fresh.length > 0) setList((now) => [...now, ...fresh]);
  };

  const remove = (key: string) => {
    stops.current.get(key)?.abort();
    const gone = list.find((one) => one.key === key);
    if (gone?.preview.startsWith("blob:")) URL.revokeObjectURL(gone.preview);
    setList((now) => now.filter((one) => one.key !== key));
  };
  const clear = () => setList([]);
  return { list, add, remove, change, clear };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

export const focusText = ({ x, y }: Attachment["focus"]) => `${x.toFixed(2)},${y.toFixed(2)}`;
