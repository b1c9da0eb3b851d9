import { Popover } from "@base-ui/react/popover";
import { type ReactNode, useState } from "react";
import { t } from "@/text";
import { emojis } from "./emojis";

type EmojiButtonProps = {
  label: string;
  icon: ReactNode;
  act?: string;
  tabIndex?: number;
  onPick: (emoji: string) => void;
};

/** A button that opens a table of emoji and gives the one that was picked. */
export function EmojiButton({ label, icon, act, tabIndex, onPick }: EmojiButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className="icon-button"
        aria-label={label}
        title={label}
        data-act={act}
        tabIndex={tabIndex}
      >
        {icon}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="z-30" side="top" align="end" sideOffset={6} collisionPadding={8}>
          <Popover.Popup className="menu emoji-table" aria-label={t.chats.emojis}>
            {emojis.map((emoji) => (
              <button
                key={emoji}
                type="button"
                onClick={() => {
                  setOpen(false);
                  onPick(emoji);
                }}
              >
                {emoji}
              </button>
            ))}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
