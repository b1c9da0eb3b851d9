// The official client of Socket.IO, as it is on npm: by polling alone, by WebSocket alone, and by the upgrade between them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { io } from "socket.io-client";
import { PASSWORD, startServer } from "../masto/support.mjs";

const ROOT = "/api/sociosphere/v1";
let server;
let run = 0;

before(async () => {
  server = await startServer();
});

after(async () => {
  await server?.stop();
});

async function call(method, path, token, body) {
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
async function person(handle) {
  server.person(handle);
  const signedIn = await call("POST", `${ROOT}/auth/sign-in`, null, { login: handle, password: PASSWORD });
  const me = await call("GET", "/api/v1/accounts/verify_credentials", signedIn.access_token);
  return { token: signedIn.access_token, id: me.id };
}

function open(token, options) {
  // Traefik keeps the requests of a session on one process by a cookie.
  return io(server.url, { auth: { token }, forceNew: true, withCredentials: true, ...options });
}

const once = (socket, event, wanted = () => true) =>
  new Promise((done) => {
    const hear = (body) => {
      if (!wanted(body)) return;
      socket.off(event, hear);
      done(body);
    };
    socket.on(event, hear);
  });

const ways = {
  "polling alone": { transports: ["polling"] },
  "a WebSocket alone": { transports: ["websocket"] },
  "polling that becomes a WebSocket": { transports: ["polling", "websocket"] },
};

for (const [name, options] of Object.entries(ways)) {
  test(`two people chat by ${name}, and after a cut nothing is missing`, async () => {
    run += 1;
    const ada = await person(`ada${run}`);
    const ben = await person(`ben${run}`);
    for (const [one, other] of [[ada, ben], [ben, ada]]) await call("POST", `/api/v1/accounts/${other.id}/follow`, one.token);
    const { chat } = await call("POST", `${ROOT}/chats`, ada.token, { account_id: ben.id });
    const [first, second] = [open(ada.token, options), open(ben.token, options)];
    await Promise.all([first, second].map((socket) => once(socket, "ready")));
    if (options.transports.length === 2) {
      while (first.io.engine.transport.name !== "websocket") await new Promise((done) => first.io.engine.once("upgrade", done));
    }
    assert.equal(first.io.engine.transport.name, options.transports.at(-1));

    const heard = once(second, "chat.message");
    const sent = await first.emitWithAck("chat.send", { chat_id: chat.id, client_id: "1", text: "hello" });
    assert.equal(sent.ok, true, JSON.stringify(sent));
    const told = await heard;
    assert.deepEqual([told.message.id, told.message.number, told.account.username], [sent.message.id, 1, `ada${run}`]);
    const typing = once(second, "chat.typing");
    await first.emitWithAck("chat.typing", { chat_id: chat.id, typing: true });
    assert.equal((await typing).account_id, ada.id);
    const read = once(first, "chat.read", (body) => body.account_id === ben.id);
    assert.equal((await second.emitWithAck("chat.read", { chat_id: chat.id, number: 1 })).read_number, 1);
    assert.equal((await read).number, 1);
    const refused = await second.emitWithAck("nothing", {});
    assert.deepEqual([refused.ok, refused.code], [false, "bad_request"]);

    // The cable is pulled: the client comes back by itself and asks for what it missed.
    const gone = once(second, "disconnect");
    const back = once(second, "ready");
    second.io.engine.close();
    await gone;
    for (const text of ["two", "three"]) {
      const answer = await first.emitWithAck("chat.send", { chat_id: chat.id, client_id: text, text });
      assert.equal(answer.ok, true);
    }
    const missed = [];
    second.on("chat.message", ({ message }) => missed.push(message.number));
    second.connect();
    await back;
    const resumed = await second.emitWithAck("resume", { chats: [{ id: chat.id, number: 1, mark: told.mark }], mark: told.mark });
    assert.deepEqual([resumed.ok, resumed.chats[0].resync, resumed.chats[0].number], [true, false, 3]);
    assert.deepEqual(missed, [2, 3]);
    first.close();
    second.close();
  });
}

test("a token that is none is a connect_error that says so", async () => {
  for (const options of Object.values(ways)) {
    const socket = open("nonsense", options);
    const error = await once(socket, "connect_error");
    assert.equal(error.message, "invalid_token");
    socket.close();
  }
});

test("who signs out is told, and closed", async () => {
  const eve = await person("eve");
  const socket = open(eve.token, ways["a WebSocket alone"]);
  await once(socket, "ready");
  const ended = once(socket, "session.ended");
  const closed = once(socket, "disconnect");
  const devices = await call("GET", `${ROOT}/auth/devices`, eve.token);
  await call("DELETE", `${ROOT}/auth/devices/${devices[0].id}`, eve.token);
  assert.deepEqual(await ended, { reason: "access" });
  assert.equal(await closed, "io server disconnect");
});
