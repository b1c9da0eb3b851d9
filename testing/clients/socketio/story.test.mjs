// The official client of Socket.IO, as it is on npm: by polling alone, by WebSocket alone, and by the upgrade between them.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ROOT, call, once, open, pair, person, server } from "./support.mjs";

let run = 0;

after(() => server.stop());

const ways = {
  "polling alone": { transports: ["polling"] },
  "a WebSocket alone": { transports: ["websocket"] },
  "polling that becomes a WebSocket": { transports: ["polling", "websocket"] },
};

for (const [name, options] of Object.entries(ways)) {
  test(`two people chat by ${name}, and after a cut nothing is missing`, async () => {
    run += 1;
    const { ada, ben, chat } = await pair(run);
    const [first, second] = [open(ada.token, options), open(ben.token, options)];
    await Promise.all([first, second].map((socket) => once(socket, "ready")));
    if (options.transports.length === 2) {
      while (first.io.engine.transport.name !== "websocket") await new Promise((done) => first.io.engine.once("upgrade", done));
    }
    assert.equal(first.io.engine.transport.name, options.transports.at(-1));

    const heard = once(second, "chat.message");
    const sent = await first.emitWithAck("chat.send", { chat_id: chat, client_id: "1", text: "hello" });
    assert.equal(sent.ok, true, JSON.stringify(sent));
    const told = await heard;
    assert.deepEqual([told.message.id, told.message.number, told.account.username], [sent.message.id, 1, `ada${run}`]);
    const typing = once(second, "chat.typing");
    await first.emitWithAck("chat.typing", { chat_id: chat, typing: true });
    assert.equal((await typing).account_id, ada.id);
    const read = once(first, "chat.read", (body) => body.account_id === ben.id);
    assert.equal((await second.emitWithAck("chat.read", { chat_id: chat, number: 1 })).read_number, 1);
    assert.equal((await read).number, 1);
    const refused = await second.emitWithAck("nothing", {});
    assert.deepEqual([refused.ok, refused.code], [false, "bad_request"]);

    // The cable is pulled: the client comes back by itself and asks for what it missed.
    const gone = once(second, "disconnect");
    const back = once(second, "ready");
    second.io.engine.close();
    await gone;
    for (const text of ["two", "three"]) {
      const answer = await first.emitWithAck("chat.send", { chat_id: chat, client_id: text, text });
      assert.equal(answer.ok, true);
    }
    const missed = [];
    second.on("chat.message", ({ message }) => missed.push(message.number));
    second.connect();
    await back;
    const resumed = await second.emitWithAck("resume", { chats: [{ id: chat, number: 1, mark: told.mark }], mark: told.mark });
    assert.deepEqual([resumed.ok, resumed.chats[0].resync, resumed.chats[0].number], [true, false, 3]);
    // What was told while it came may come with the rest again: numbers tell that it is the same.
    assert.deepEqual([...new Set(missed)], [2, 3]);
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
