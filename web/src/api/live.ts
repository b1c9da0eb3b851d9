// The live connection as the app sees it: one for all tabs of a browser. The tab that leads holds the
// socket; it passes on what the server tells and what the others ask, and says to the server what all tabs
// together wish to see. `goLive` begins it for who is signed in.
import { store } from "@/entities/store";
import { keepBooks } from "./liveBooks";
import { joinPeers, type Peers } from "./livePeers";
import {
  type ClientEvents,
  LiveError,
  type LiveState,
  offline,
  type Presence,
  type ServerEvents,
  type Stream,
  type Told,
} from "./liveTypes";
import { openWire, type Wire } from "./liveWire";
import { emptyWishes, keepWishes, type Wishes } from "./liveWishes";

export { type ClientEvents, LiveError, type LiveState, type ServerEvents } from "./liveTypes";

type Handler<K extends keyof ServerEvents> = (body: ServerEvents[K]) => void;
type Asking = { [K in keyof ClientEvents]: { event: K; body: ClientEvents[K]["body"] } }[keyof ClientEvents];
type Failed = { code: string; message: string; retryAfterS?: number };
/** What tabs say to each other. */
type Message =
  | { kind: "told"; told: Told }
  | { kind: "state"; state: LiveState }
  | { kind: "lost" }
  | { kind: "leads" }
  | { kind: "hello"; from: string; wishes: Wishes }
  | { kind: "hold"; id: string; number: number; mark: string }
  | { kind: "ask"; from: string; id: number; asking: Asking }
  | { kind: "answer"; to: string; id: number; answer?: unknown; failed?: Failed };

/** A little longer than the leader itself waits for the server. */
const patience = 12_000;
const first: LiveState = "connecting";
const state = store<LiveState>(first);
const handlers = new Map<string, Set<(body: never) => void>>();
const returns = new Set<() => void>();
let wishes = emptyWishes();
/** Of those this tab watches; of others nothing is heard, so nothing is claimed. */
const present = new Map<string, Presence>();

type Run = {
  ask: <K extends keyof ClientEvents>(
    event: K,
    body: ClientEvents[K]["body"],
  ) => Promise<ClientEvents[K]["ack"]>;
  hold: (id: string, number: number, mark: string) => void;
  wished: () => void;
  end: () => void;
};
let run: Run | null = null;

function hear<K extends keyof ServerEvents>(event: K, body: ServerEvents[K]) {
  for (const handler of handlers.get(event) ?? []) (handler as Handler<K>)(body);
}
const lost = () => {
  for (const handler of returns) handler();
};
function wish(change: (mine: Wishes) => Wishes) {
  wishes = change(wishes);
  run?.wished();
}

export const live = {
  /** Every tab hears every event; call what it returns to hear no more. */
  on<K extends keyof ServerEvents>(event: K, handler: Handler<K>): () => void {
    const all = handlers.get(event) ?? new Set();
    handlers.set(event, all.add(handler));
    return () => void all.delete(handler);
  },
  /** Rejects with a LiveError; `offline` when there is no connection. */
  ask<K extends keyof ClientEvents>(
    event: K,
    body: ClientEvents[K]["body"],
  ): Promise<ClientEvents[K]["ack"]> {
    return run ? run.ask(event, body) : Promise.reject(offline());
  },
  state: { use: state.use, get: state.get },
  /** After a gap that could not be filled: read lists again. */
  onReturn(handler: () => void): () => void {
    returns.add(handler);
    return () => void returns.delete(handler);
  },
  /** What was read of a chat by REST: a new connection brings what came after it. */
  hold: (chatId: string, number: number, mark = "") => run?.hold(chatId, number, mark),
  /** Listens to a feed until the returned function is called. */
  follow(stream: Stream): () => void {
    const one = { ...stream };
    wish((mine) => ({ ...mine, streams: [...mine.streams, one] }));
    return () => wish((mine) => ({ ...mine, streams: mine.streams.filter((each) => each !== one) }));
  },
  /** The posts on this tab's screen, whose counts move. */
  watch: (statusIds: readonly string[]) => wish((mine) => ({ ...mine, posts: [...statusIds] })),
  /** The people on this tab's screen, whose presence shows. */
  watchPeople(accountIds: readonly string[]): void {
    for (const id of present.keys()) if (!accountIds.includes(id)) present.delete(id);
    wish((mine) => ({ ...mine, people: [...accountIds] }));
  },
  /** Whether somebody is here, as far as it is known. */
  presenceOf: (accountId: string) => present.get(accountId),
  /** Whether somebody looks at this tab. */
  active: (active: boolean) => wish((mine) => (mine.active === active ? mine : { ...mine, active })),
};

/** Begins for one person; what it returns ends it. */
export function goLive(me: string): () => void {
  const tab = crypto.randomUUID();
  const books = keepBooks();
  let wire: Wire | null = null;
  let wishing: ReturnType<typeof keepWishes> | null = null;
  let asked = 0;
  const waiting = new Map<number, { take: (answer: never) => void; fail: (error: LiveError) => void }>();

  const take = (told: Told) => {
    books.hear(told);
    if (told.event === "presence" && wishes.people.includes(told.body.account_id))
      present.set(told.body.account_id, told.body);
    hear(told.event, told.body);
  };
  const say = (message: Message) => peers.tell(message);
  const become = (next: LiveState) => {
    if (state.get() !== next) state.set(next);
    say({ kind: "state", state: next });
  };
  const fromOther = (message: Message) => {
    switch (message.kind) {
      case "told":
        return take(message.told);
      case "lost":
        return lost();
      case "hold":
        return books.hold(message.id, message.number, message.mark);
      case "state":
        return void (wire || state.get() === message.state || state.set(message.state));
      case "leads":
        // What the one before was asked, nobody will answer.
        for (const { fail } of waiting.values()) fail(offline());
        return say({ kind: "hello", from: tab, wishes: wishes });
      case "hello":
        if (!wishing) return;
        if (wishing.wish(message.from, message.wishes))
          peers.whenGone(message.from, () => wishing?.forget(message.from));
        return say({ kind: "state", state: state.get() });
      case "ask":
        if (wire) answer(wire, message);
        return;
      case "answer": {
        const one = message.to === tab ? waiting.get(message.id) : undefined;
        if (message.failed) {
          const { code, message: text, retryAfterS } = message.failed;
          one?.fail(new LiveError(code, text, retryAfterS));
        } else one?.take(message.answer as never);
      }
    }
  };
  const answer = (of: Wire, { from, id, asking }: Extract<Message, { kind: "ask" }>) => {
    of.ask(asking.event, asking.body).then(
      (answered) => say({ kind: "answer", to: from, id, answer: answered }),
      (error: LiveError) => {
        const { code, message, retryAfterS } = error;
        say({ kind: "answer", to: from, id, failed: { code, message, retryAfterS } });
      },
    );
  };
  const askLeader: Run["ask"] = (event, body) =>
    new Promise((resolve, reject) => {
      asked += 1;
      const id = asked;
      const done = () => {
        window.clearTimeout(timer);
        waiting.delete(id);
      };
      const fail = (error: LiveError) => {
        done();
        reject(error);
      };
      const timer = window.setTimeout(() => fail(offline()), patience);
      waiting.set(id, {
        take: (answered) => {
          done();
          resolve(answered);
        },
        fail,
      });
      say({ kind: "ask", from: tab, id, asking: { event, body } as Asking });
    });
  const lead = () => {
    const seen = (list: Presence[]) => {
      for (const body of list) {
        take({ event: "presence", body });
        say({ kind: "told", told: { event: "presence", body } });
      }
    };
    wire = openWire(books, {
      tell: (told) => {
        take(told);
        say({ kind: "told", told });
      },
      become,
      ready: () => wishing?.anew(),
      lost: () => {
        lost();
        say({ kind: "lost" });
      },
    });
    wishing = keepWishes(wire.ask, seen);
    wishing.wish(tab, wishes);
    say({ kind: "leads" });
  };
  const peers: Peers<Message> = joinPeers<Message>({
    name: `sociosphere.live.${me}`,
    tab,
    hear: fromOther,
    lead,
  });
  say({ kind: "hello", from: tab, wishes: wishes });

  run = {
    ask: (event, body) => (wire ? wire.ask(event, body) : askLeader(event, body)),
    hold: (id, number, mark) => {
      books.hold(id, number, mark);
      say({ kind: "hold", id, number, mark });
    },
    wished: () => (wishing ? wishing.wish(tab, wishes) : say({ kind: "hello", from: tab, wishes: wishes })),
    end: () => {
      wire?.end();
      wishing?.end();
      peers.leave();
      for (const { fail } of waiting.values()) fail(offline());
      present.clear();
      state.set(first);
    },
  };
  const mine = run;
  return () => {
    mine.end();
    if (run === mine) run = null;
  };
}
