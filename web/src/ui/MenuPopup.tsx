import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";
import type { MenuProps } from "./Menu";

type MenuPopupProps = MenuProps & {
  /** It was pressed before this part of the client was there. */
  pressed: boolean;
  /** The keyboard was on it then. */
  focused: boolean;
};

export function MenuPopup({
  trigger,
  entries,
  align = "end",
  side = "bottom",
  pressed,
  focused,
}: MenuPopupProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [takesFocus] = useState(focused);
  useLayoutEffect(() => {
    if (takesFocus) button.current?.focus();
  }, [takesFocus]);
  return (
    <Base.Root modal={false} defaultOpen={pressed}>
      <Base.Trigger ref={button} render={trigger} />
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
