// Every call of the panel: the web client's, with the proof of the password where one is there, and asked for once
// where the server wants it. Casts from JSON to types happen in this folder and nowhere else.
import { type Ask, call } from "@/api/client";
import { ApiError } from "@/api/errors";
import { isLeaving } from "./leaving";
import { askForProof, proofHeaders } from "./stepUp";

export const staff = "/api/sociosphere/v1/admin";

/** The person did not want to give the password. Nothing was done. */
export class NotProven extends Error {
  override name = "NotProven";
}

export async function answerOf(path: string, ask: Ask = {}): Promise<Response> {
  const send = () =>
    call(path, { ...ask, leaving: isLeaving(), headers: { ...ask.headers, ...proofHeaders() } });
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "step_up_required") throw error;
    if ((await askForProof()) === null) throw new NotProven("Nothing was done: the password was not given.");
    return send();
  }
}

export async function ask<T>(path: string, options: Ask = {}): Promise<T> {
  const text = await (await answerOf(path, options)).text();
  return (text ? JSON.parse(text) : {}) as T;
}

export const read = <T>(path: string, query?: Ask["query"]) => ask<T>(path, { query });
export const send = <T = unknown>(method: NonNullable<Ask["method"]>, path: string, json?: unknown) =>
  ask<T>(path, { method, json });
