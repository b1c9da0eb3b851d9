// From messages to what stands in the list: days, the line before what is new, and what belongs together.
import type { ChatMessage } from "@/api/types";
import type { Waiting } from "./outbox";

export type Row = {
  key: string;
  at: string;
  /** Whose; null if one may not know. */
  by: string | null;
  /** The day begins with it. */
  day: boolean;
  /** What is new begins with it. */
  fresh: boolean;
  /** It opens or ends what one person said in a row. */
  first: boolean;
  last: boolean;
  /** Nothing follows soon: its time is said. */
  timed: boolean;
} & ({ kind: "message"; message: ChatMessage } | { kind: "waiting"; waiting: Waiting });

const together = 5 * 60_000;
const dayOf = (at: string) => new Date(at).toDateString();

type RowsOf = {
  messages: readonly ChatMessage[];
  waiting: readonly Waiting[];
  me: string;
  /** Up to which number it was read when the chat was opened; null where no line is drawn. */
  readAt: number | null;
  keyOf: (messageId: string) => string;
};

export function rowsOf({ messages, waiting, me, readAt, keyOf }: RowsOf): Row[] {
  const firstNew =
    readAt === null
      ? undefined
      : messages.find((one) => one.number > readAt && one.account_id !== me)?.number;
  const plain = { day: false, fresh: false, first: true, last: true, timed: true };
  const rows: Row[] = [
    ...messages.map((message): Row => {
      const fresh = message.number === firstNew;
      return {
        ...plain,
        kind: "message",
        key: keyOf(message.id),
        at: message.created_at,
        by: message.account_id,
        fresh,
        message,
      };
    }),
    ...waiting.map(
      (one): Row => ({ ...plain, kind: "waiting", key: one.clientId, at: one.at, by: me, waiting: one }),
    ),
  ];
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1];
    row.day = !before || dayOf(before.at) !== dayOf(row.at);
    const joins =
      before !== undefined &&
      !row.day &&
      !row.fresh &&
      before.by === row.by &&
      row.by !== null &&
      Date.parse(row.at) - Date.parse(before.at) < together;
    row.first = !joins;
    if (!before) continue;
    if (joins) before.last = false;
    before.timed = row.day || row.fresh || Date.parse(row.at) - Date.parse(before.at) >= together;
  }
  return rows;
}
