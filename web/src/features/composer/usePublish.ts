// Sends what was written. The idempotency key belongs to the text: pressing twice, or again after a lost
// answer, publishes once.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { type Draft, media, statuses } from "@/api/endpoints";
import { keepStatus } from "@/entities/cache";
import { t } from "@/text";
import { say, sayError } from "@/ui/toast";
import type { Written } from "./drafts";
import type { Purpose } from "./open";
import { type Described, putInOutbox } from "./outbox";
import { putPublished } from "./published";
import { type Attachment, focusText } from "./useUploads";

export function usePublish(purpose: Purpose) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const last = useRef({ of: "", key: "" });

  const publish = async (written: Written, attachments: readonly Attachment[]): Promise<boolean> => {
    const draft = draftOf(purpose, written, attachments);
    const of = JSON.stringify(draft);
    if (last.current.of !== of) last.current = { of, key: crypto.randomUUID() };
    setBusy(true);
    try {
      if (purpose.kind === "edit") {
        keepStatus(cache, await statuses.edit(purpose.post.id, draft));
        void cache.invalidateQueries({ queryKey: ["history", purpose.post.id] });
        say(t.compose.changed);
        return true;
      }
      const described = describedOf(attachments);
      if (!navigator.onLine) {
        const kept = await putInOutbox(draft, described, last.current.key);
        say(kept ? t.compose.waits : t.compose.outboxFull);
        return kept;
      }
      for (const { id, description, focus } of described) await media.describe(id, description, focus);
      const status = await statuses.publish(draft, last.current.key);
      const id = putPublished(cache, status);
      const params = { handle: status.account.acct, id };
      say(t.compose.posted, {
        label: t.compose.view,
        run: () => void navigate({ to: "/@{$handle}/$id", params }),
      });
      return true;
    } catch (error) {
      sayError(error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { publish, busy };
}

/** What has to be said of pictures before they are published. */
const describedOf = (attachments: readonly Attachment[]): Described[] =>
  attachments.flatMap(({ media: one, description, focus }) =>
    one && (description || focus.x || focus.y) ? { id: one.id, description, focus: focusText(focus) } : [],
  );

function draftOf(purpose: Purpose, written: Written, attachments: readonly Attachment[]): Draft {
  const ready = attachments.flatMap(({ media: one, description, focus }) =>
    one ? { id: one.id, description, focus: focusText(focus) } : [],
  );
  const warning = written.warned ? written.warning.trim() : "";
  return {
    status: written.text,
    spoiler_text: warning,
    sensitive: warning !== "",
    language: written.language,
    media_ids: ready.map((one) => one.id),
    ...(purpose.kind === "edit" ? { media_attributes: ready } : { visibility: written.audience }),
    ...(purpose.kind === "reply" && { in_reply_to_id: purpose.post.id }),
    ...(purpose.kind === "redraft" &&
      purpose.post.in_reply_to_id && { in_reply_to_id: purpose.post.in_reply_to_id }),
  };
}
