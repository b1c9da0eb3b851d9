// What was refused while a dialog is open. Whatever lies behind a dialog is hidden from screen readers, the panel's own notices too,
// so it is said inside of the dialog.
let said = "";
let open = 0;
const listeners = new Set<() => void>();

function say(text: string) {
  said = text;
  for (const listener of listeners) listener();
}

export const lastRefusal = () => said;

export function onRefusal(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A dialog that says what is refused is there, until the answer is called. */
export function listens(): () => void {
  open += 1;
  return () => {
    open -= 1;
    if (open === 0) say("");
  };
}

/** Says it in the dialog that is open; `false` if there is none. */
export function refuse(text: string): boolean {
  if (open === 0) return false;
  say(text);
  return true;
}

/** Something is tried anew: what was refused before is over. */
export const forget = () => say("");
