// Triage without a mouse. Keys are left alone where somebody types, and while a dialog is open.
import { useEffect } from "react";

export type Triage = {
  next: () => unknown;
  previous: () => unknown;
  claim: () => unknown;
  pick: () => unknown;
  decide: () => unknown;
  measure: (nth: number) => unknown;
  send: () => unknown;
  help: () => unknown;
};

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  target.closest("input:not([type=checkbox]), textarea, select, [role=combobox], [contenteditable]") !== null;

export function useTriageKeys(triage: Triage) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (document.querySelector("[role=dialog], [role=menu], [role=listbox]")) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        return triage.send();
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (/^[1-8]$/.test(event.key)) return triage.measure(Number(event.key) - 1);
      const verbs: Record<string, () => unknown> = {
        j: triage.next,
        k: triage.previous,
        c: triage.claim,
        x: triage.pick,
        d: triage.decide,
        "?": triage.help,
      };
      const verb = verbs[event.key];
      if (!verb) return;
      event.preventDefault();
      verb();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}
