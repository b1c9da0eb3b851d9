// The theme is the web client's: one choice for both, kept where public/theme.js reads it before the first paint.
import { useSyncExternalStore } from "react";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const listeners = new Set<() => void>();
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = (listener: () => void) => {
  listeners.add(listener);
  dark.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    dark.removeEventListener("change", listener);
  };
};
const chosen = (): Theme => themes.find((one) => one === document.documentElement.dataset.theme) ?? "system";
const mode = () => {
  const theme = chosen();
  if (theme === "system") return dark.matches ? "dark" : "light";
  return theme;
};

export const useTheme = () => useSyncExternalStore(follow, chosen);
export const useMode = () => useSyncExternalStore(follow, mode);

export function chooseTheme(next: Theme) {
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === "system") localStorage.removeItem("sociosphere.theme");
    else localStorage.setItem("sociosphere.theme", next);
  } catch {
    // It holds for this visit, then.
  }
  for (const listener of listeners) listener();
}
