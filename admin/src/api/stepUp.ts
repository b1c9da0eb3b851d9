// The password again, before the dangerous. A call that the server answers with step_up_required waits here until a
// dialog has the password; the proof lasts some minutes and lives in this module's memory only.
import { change } from "@/api/client";

type Waiting = { answer: (proof: string | null) => void };

let proof: { value: string; until: number } | null = null;
let waiting: Waiting[] = [];
const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};

/** For the dialog: whether somebody waits. */
export const isAsked = () => waiting.length > 0;
export function onAsked(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The header of a proof that still holds; none otherwise. */
export function proofHeaders(now = Date.now()): Record<string, string> {
  return proof && proof.until > now ? { "X-Sociosphere-Proof": proof.value } : {};
}

/** Asks once, however many calls wait for it. Null: the person would rather not. */
export function askForProof(): Promise<string | null> {
  proof = null;
  return new Promise((answer) => {
    waiting.push({ answer });
    tell();
  });
}

function finish(value: string | null) {
  const all = waiting;
  waiting = [];
  for (const one of all) one.answer(value);
  tell();
}

/** The dialog was left. */
export const giveUp = () => finish(null);

/** Throws an ApiError where the password is wrong; who waits goes on waiting. */
export async function prove(password: string): Promise<void> {
  const got = await change<{ proof: string; expires_in: number }>(
    "POST",
    "/api/sociosphere/v1/auth/step-up",
    {
      password,
    },
  );
  // Ten seconds less: a proof must not end on the way.
  proof = { value: got.proof, until: Date.now() + (got.expires_in - 10) * 1000 };
  finish(got.proof);
}

/** Nobody is signed in any more. */
export function forgetProof() {
  proof = null;
  finish(null);
}
