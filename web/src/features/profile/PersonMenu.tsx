import { Ban, Ellipsis, Flag, Link2, StickyNote, UserMinus, Volume2, VolumeX } from "lucide-react";
import { useState } from "react";
import type { Account } from "@/api/types";
import { useRelationship } from "@/entities/hooks";
import { ReportSheet } from "@/features/moderation/ReportSheet";
import { usePersonActions } from "@/features/people/mutations";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { IconButton } from "@/ui/IconButton";
import { Menu, type MenuEntry } from "@/ui/Menu";
import { Sheet } from "@/ui/Sheet";
import { say } from "@/ui/toast";

type PersonMenuProps = { account: Account };
const spans: readonly (readonly [string, number])[] = [
  [t.person.hour, 3600],
  [t.person.day, 86_400],
  [t.person.week, 604_800],
  [t.person.forever, 0],
];

export function PersonMenu({ account }: PersonMenuProps) {
  const { data: now } = useRelationship(account.id);
  const act = usePersonActions(account);
  const [open, setOpen] = useState<"mute" | "block" | "note" | "report" | null>(null);
  const close = () => setOpen(null);
  if (!now) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(account.url);
    say(t.post.copied);
  };
  const entries: MenuEntry[] = [
    { label: t.person.copy, icon: <Link2 className="i" />, onSelect: () => void copy() },
    {
      label: now.note ? t.person.note : t.person.noteEmpty,
      icon: <StickyNote className="i" />,
      onSelect: () => setOpen("note"),
    },
    "line",
  ];
  if (now.followed_by)
    entries.push({
      label: t.person.removeFollower,
      icon: <UserMinus className="i" />,
      onSelect: () => void act.removeFollower(),
    });
  entries.push(
    now.muting
      ? {
          label: t.person.unmute(account.acct),
          icon: <Volume2 className="i" />,
          onSelect: () => void act.unmute(),
        }
      : {
          label: t.person.mute(account.acct),
          icon: <VolumeX className="i" />,
          onSelect: () => setOpen("mute"),
        },
    now.blocking
      ? {
          label: t.person.unblockOne(account.acct),
          icon: <Ban className="i" />,
          onSelect: () => void act.unblock(),
        }
      : {
          label: t.person.block(account.acct),
          icon: <Ban className="i" />,
          danger: true,
          onSelect: () => setOpen("block"),
        },
    {
      label: t.report.open(account.acct),
      icon: <Flag className="i" />,
      danger: true,
      onSelect: () => setOpen("report"),
    },
  );
  return (
    <>
      <Menu
        entries={entries}
        trigger={
          <IconButton label={t.person.more}>
            <Ellipsis className="i" />
          </IconButton>
        }
      />
      {open === "report" && <ReportSheet open account={account} onClose={close} />}
      <Sheet open={open === "mute"} onClose={close} title={t.person.muteTitle}>
        <div className="sheet-pad grid gap-2">
          {spans.map(([words, seconds]) => (
            <Button
              key={words}
              look="ghost"
              onClick={() => {
                close();
                void act.mute(seconds);
              }}
            >
              {words}
            </Button>
          ))}
        </div>
      </Sheet>
      <Sheet open={open === "note"} onClose={close} title={t.person.note}>
        <form
          className="sheet-pad grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            const note = new FormData(event.currentTarget).get("note");
            close();
            void act.note(typeof note === "string" ? note : "");
          }}
        >
          <textarea
            name="note"
            className="input"
            dir="auto"
            rows={4}
            maxLength={2000}
            defaultValue={now.note}
            aria-label={t.person.note}
          />
          <p className="text-small text-faint">{t.person.noteHint}</p>
          <Button type="submit" className="justify-self-end">
            {t.app.save}
          </Button>
        </form>
      </Sheet>
      <Confirm
        open={open === "block"}
        onClose={close}
        title={t.person.blockTitle(account.acct)}
        body={t.person.blockBody}
        action={t.person.blockDo}
        onConfirm={() => void act.block()}
      />
    </>
  );
}
