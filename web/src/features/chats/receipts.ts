// Where the small faces stand: each reader under the newest message of the window that they have read.
import type { ChatMessage, ChatReceipt } from "@/api/types";

export type SentState = "sent" | "delivered" | "read";

export function readersBy(
  receipts: readonly ChatReceipt[],
  messages: readonly ChatMessage[],
  me: string,
): { read: ReadonlyMap<string, readonly string[]>; stateOf: (number: number) => SentState } {
  const others = receipts.filter((one) => one.account_id !== me);
  const read = new Map<string, string[]>();
  for (const { account_id, read_number } of others) {
    const at = messages.findLast((one) => one.number <= read_number);
    // That somebody read their own words is no news.
    if (at && at.account_id !== account_id) read.set(at.id, [...(read.get(at.id) ?? []), account_id]);
  }
  const stateOf = (number: number): SentState =>
    others.some((one) => one.read_number >= number)
      ? "read"
      : others.some((one) => one.delivered_number >= number)
        ? "delivered"
        : "sent";
  return { read, stateOf };
}
