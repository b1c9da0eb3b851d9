// Acts that can still be undone, and the moment at which the page goes away: then they are sent as they would have been some
// seconds later, by requests that outlive the page. Whoever leaves has thought again.
type Act = (params: { isUndo: boolean }) => unknown;

const waiting = new Set<Act>();
let going = false;

/** The page goes away: no call waits for another one, or for a new token. */
export const isLeaving = () => going;

/** An act for react-admin's queue. It is done or undone once: in its turn, or when the page goes away. */
export function keepUntilSent(act: Act): Act {
  const once: Act = (params) => {
    if (waiting.delete(once)) return act(params);
  };
  waiting.add(once);
  return once;
}

/** Sends what waits; says how many that was. */
export function sendWaiting(): number {
  going = true;
  const all = [...waiting];
  for (const act of all) act({ isUndo: false });
  return all.length;
}

/** The browser kept the page, and somebody came back to it. */
export function comeBack() {
  going = false;
}
