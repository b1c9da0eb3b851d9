// What the stories of this client share: people, their sockets, and a chat between two.
import assert from "node:assert/strict";
import { io } from "socket.io-client";
import { PASSWORD, startServer } from "../masto/support.mjs";

export const ROOT = "/api/sociosphere/v1";
export const server = await startServer();

export async function call(method, path, token, body) {
  const answer = await fetch(new URL(path, server.url), {
    method,
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** Somebody with an access token of our own client. */
export async function person(handle) {
  server.person(handle);
  const signedIn = await call("POST", `${ROOT}/auth/sign-in`, null, { login: handle, password: PASSWORD });
  const me = await call("GET", "/api/v1/accounts/verify_credentials", signedIn.access_token);
  return { token: signedIn.access_token, id: me.id };
}

/** Two people who follow each other, and the id of their chat. */
export async function pair(number) {
  const ada = await person(`ada${number}`);
  const ben = await person(`ben${number}`);
  for (const [one, other] of [[ada, ben], [ben, ada]]) await call("POST", `/api/v1/accounts/${other.id}/follow`, one.token);
  const { chat } = await call("POST", `${ROOT}/chats`, ada.token, { account_id: ben.id });
  return { ada, ben, chat: chat.id };
}

export function open(token, options) {
  // Traefik keeps the requests of a session on one process by a cookie.
  return io(server.url, { auth: { token }, forceNew: true, withCredentials: true, ...options });
}

export const once = (socket, event, wanted = () => true) =>
  new Promise((done) => {
    const hear = (body) => {
      if (!wanted(body)) return;
      socket.off(event, hear);
      done(body);
    };
    socket.on(event, hear);
  });
