// The chosen theme: an attribute on the root, remembered for public/theme.js to read before the first paint.
import { store } from "@/entities/store";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const remembered = () => themes.find((one) => one === document.documentElement.dataset.theme) ?? "system";
export const theme = store<Theme>(remembered());

export function chooseTheme(next: Theme) {
  theme.set(next);
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === "system") localStorage.removeItem("sociosphere.theme");
    else localStorage.setItem("sociosphere.theme", next);
  } catch {
    // It holds for this visit, then.
  }
}
