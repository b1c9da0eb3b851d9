import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactElement, ReactNode } from "react";

export type MenuEntry =
  | "line"
  | {
      label: string;
      hint?: string;
      icon?: ReactNode;
      danger?: boolean;
      chosen?: boolean;
      onSelect: () => void;
    };

type MenuProps = {
  trigger: ReactElement;
  entries: readonly MenuEntry[];
  align?: "start" | "end";
  side?: "top" | "bottom";
};

export function Menu({ trigger, entries, align = "end", side = "bottom" }: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className="z-30" align={align} side={side} sideOffset={6} collisionPadding={8}>
          <Base.Popup className="menu">
            {entries.map((entry, index) =>
              entry === "line" ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name.
                <Base.Separator key={index} className="menu-line" />
              ) : (
                <Base.Item
                  key={entry.label}
                  className={entry.danger ? "menu-item danger" : "menu-item"}
                  onClick={entry.onSelect}
                >
                  {entry.icon}
                  <span>
                    {entry.label}
                    {entry.hint && <small>{entry.hint}</small>}
                  </span>
                  {entry.chosen && <Check className="i tick" />}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
