import {
  type ComponentProps,
  cloneElement,
  type ReactElement,
  type ReactNode,
  useEffect,
  useState,
} from "react";
import { store } from "@/entities/store";
import type { MenuPopup } from "./MenuPopup";

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

export type MenuProps = {
  trigger: ReactElement<ComponentProps<"button">>;
  entries: readonly MenuEntry[];
  align?: "start" | "end";
  side?: "top" | "bottom";
};

// What opens is a sixth of all script before home and nothing that the first look needs: it comes when the page is
// quiet, or at once where somebody reaches for a menu before.
const popup = store<typeof MenuPopup | null>(null);
let asked = false;

function load() {
  if (asked) return;
  asked = true;
  import("./MenuPopup").then(
    (made) => popup.set(made.MenuPopup),
    // Away for a moment: the next reach asks again.
    () => {
      asked = false;
    },
  );
}

const whenQuiet = (work: () => void) =>
  "requestIdleCallback" in window ? requestIdleCallback(work, { timeout: 3_000 }) : setTimeout(work, 500);

/** A button that opens a menu. */
export function Menu(props: MenuProps) {
  const Popup = popup.use();
  const [pressed, setPressed] = useState(false);
  const [focused, setFocused] = useState(false);
  useEffect(() => void whenQuiet(load), []);
  if (Popup) return <Popup {...props} pressed={pressed} focused={focused} />;
  return cloneElement(props.trigger, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onPointerEnter: load,
    onFocus: () => {
      setFocused(true);
      load();
    },
    onBlur: () => setFocused(false),
    onClick: () => {
      setPressed(true);
      load();
    },
  });
}
