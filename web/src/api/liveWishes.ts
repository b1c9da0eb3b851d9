// What all tabs together wish to see, said to the server when it changes: feeds, posts whose counts move,
// people whose presence shows, and whether somebody looks.
import type { Presence, Stream, WireEvents } from "./liveTypes";

export type Wishes = { streams: Stream[]; posts: string[]; people: string[]; active: boolean };
export const emptyWishes = (): Wishes => ({ streams: [], posts: [], people: [], active: false });

const mostPosts = 80;
const mostPeople = 200;
/** Screens change in bursts. */
const calm = 150;

type Ask = <K extends "follow" | "unfollow" | "watch" | "watch_people" | "active">(
  event: K,
  body: WireEvents[K]["body"],
) => Promise<WireEvents[K]["ack"]>;

const nothingSaid = () => ({ streams: new Map<string, Stream>(), posts: "[]", people: "[]", active: false });

export function keepWishes(ask: Ask, seen: (presence: Presence[]) => void) {
  const tabs = new Map<string, Wishes>();
  let said = nothingSaid();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stands = false;

  const say = () => {
    timer = undefined;
    if (!stands) return;
    const all = [...tabs.values()];
    const streams = new Map(all.flatMap((one) => one.streams.map((each) => [JSON.stringify(each), each])));
    // A refusal is no news for anybody: the list is read by REST as well.
    const quiet = () => undefined;
    for (const [name, stream] of streams) if (!said.streams.has(name)) ask("follow", stream).catch(quiet);
    for (const [name, stream] of said.streams) if (!streams.has(name)) ask("unfollow", stream).catch(quiet);
    const status_ids = together(
      all.map((one) => one.posts),
      mostPosts,
    );
    const posts = JSON.stringify(status_ids);
    if (posts !== said.posts) ask("watch", { status_ids }).catch(quiet);
    const account_ids = together(
      all.map((one) => one.people),
      mostPeople,
    );
    const people = JSON.stringify(account_ids);
    if (people !== said.people) {
      ask("watch_people", { account_ids }).then(({ presence }) => seen(presence), quiet);
    }
    const active = all.some((one) => one.active);
    if (active !== said.active) ask("active", { active }).catch(quiet);
    said = { streams, posts, people, active };
  };

  return {
    /** True if this tab was not known before. */
    wish(tab: string, wishes: Wishes): boolean {
      const fresh = !tabs.has(tab);
      tabs.set(tab, wishes);
      timer ??= setTimeout(say, calm);
      return fresh;
    },
    forget(tab: string) {
      tabs.delete(tab);
      timer ??= setTimeout(say, calm);
    },
    /** A connection knows nothing of the one before it. */
    anew() {
      stands = true;
      said = nothingSaid();
      clearTimeout(timer);
      say();
    },
    end: () => clearTimeout(timer),
  };
}

/** Those of each tab in turn, so that no tab takes all the room; in one order, to be compared. */
function together(lists: readonly string[][], most: number): string[] {
  const chosen = new Set<string>();
  const longest = Math.max(0, ...lists.map((one) => one.length));
  for (let at = 0; at < longest && chosen.size < most; at += 1)
    for (const list of lists) {
      const id = list[at];
      if (id !== undefined && chosen.size < most) chosen.add(id);
    }
  return [...chosen].sort();
}
