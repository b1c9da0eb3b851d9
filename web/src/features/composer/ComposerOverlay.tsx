import { t } from "@/text";
import { Sheet } from "@/ui/Sheet";
import { Composer } from "./Composer";
import { composing } from "./open";

/** The composer over the desk, or the whole screen of a phone. */
export default function ComposerOverlay() {
  const purpose = composing.use();
  if (!purpose) return null;
  const close = () => composing.set(null);
  const title =
    purpose.kind === "edit"
      ? t.compose.editTitle
      : purpose.kind === "reply"
        ? t.compose.replyTitle
        : t.compose.title;
  return (
    <Sheet open full onClose={close} title={title}>
      <Composer
        key={purpose.kind === "new" ? "new" : purpose.post.id}
        purpose={purpose}
        place="over"
        onDone={close}
      />
    </Sheet>
  );
}
