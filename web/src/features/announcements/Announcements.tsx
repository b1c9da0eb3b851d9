import { useQueryClient } from "@tanstack/react-query";
import { Megaphone, X } from "lucide-react";
import { announcements } from "@/api/endpoints";
import type { Announcement } from "@/api/types";
import { t } from "@/text";
import { RichText } from "@/text/RichText";
import { IconButton } from "@/ui/IconButton";
import { sayError } from "@/ui/toast";
import { announcementsKey, useAnnouncements } from "./queries";

/** What the community says to everybody, the newest that one has not put away. It comes and goes live. */
export function Announcements() {
  const cache = useQueryClient();
  const [newest] = useAnnouncements().filter((one) => !one.read);
  if (!newest) return null;
  const putAway = async () => {
    cache.setQueryData<Announcement[]>(announcementsKey, (list) =>
      list?.map((one) => (one.id === newest.id ? { ...one, read: true } : one)),
    );
    try {
      await announcements.dismiss(newest.id);
    } catch (error) {
      sayError(error);
      void cache.invalidateQueries({ queryKey: announcementsKey });
    }
  };
  return (
    <section className="announcement" aria-label={t.announcements.title}>
      <Megaphone className="i" />
      <RichText html={newest.content} emojis={[]} className="min-w-0" />
      <IconButton label={t.announcements.dismiss} onClick={() => void putAway()}>
        <X className="i" />
      </IconButton>
    </section>
  );
}
