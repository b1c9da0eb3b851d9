// Two people on two processes behind a proxy; the process of one of them is killed while both write. Run by `testing/full`, which
// starts that process again after: `WAYS=polling,websocket node --test killed.mjs`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { call, once, open, pair } from "./support.mjs";

const transports = process.env.WAYS.split(",");
const { serves } = JSON.parse(readFileSync(process.env.STORY_PLATFORM, "utf8"));
const BEFORE = 12;
const AFTER = 12;

/** How many sockets of ours a process has. */
async function held(serve) {
  const text = await (await fetch(`${serve.url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => /^(sociosphere_)?live_connections_open\{.*socketio/.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

async function until(what, check) {
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = await check();
    if (answer !== undefined && answer !== false) return answer;
    await pause(100);
  }
  throw new Error(`never: ${what}`);
}

/** What somebody has of the chat: every number once, in order, however often they had to come back. */
class Reader {
  constructor(socket, chat) {
    Object.assign(this, { socket, chat, number: 0, mark: null, texts: [], early: null, comings: 0, twice: 0 });
    socket.on("ready", () => void this.come());
    socket.on("chat.message", (told) => (this.early ? this.early.push(told) : this.take(told)));
  }

  take({ message, mark }) {
    this.mark = mark;
    if (message.number <= this.number) {
      this.twice += 1;
      return;
    }
    assert.equal(message.number, this.number + 1, "a gap");
    this.number = message.number;
    this.texts.push(message.content);
  }

  /** Asks for what was missed; what is live meanwhile waits for that. */
  async come() {
    this.comings += 1;
    this.early = [];
    const form = { chats: [{ id: this.chat, number: this.number, mark: this.mark }], mark: this.mark };
    const answer = await this.socket.timeout(20_000).emitWithAck("resume", form).catch(() => null);
    if (!answer) return; // Cut again: the next `ready` asks.
    assert.deepEqual([answer.ok, answer.chats[0].resync], [true, false], JSON.stringify(answer));
    const told = this.early.sort((one, other) => one.message.number - other.message.number);
    this.early = null;
    for (const one of told) this.take(one);
    assert.ok(this.number >= answer.chats[0].number);
  }
}

/** Says the same until it is acknowledged, as our client does; says under which number it stands. */
async function say(socket, chat, text, refusals) {
  for (;;) {
    const answer = await socket.timeout(3_000).emitWithAck("chat.send", { chat_id: chat, client_id: text, text }).catch(() => null);
    if (answer?.ok) return answer.message.number;
    if (answer) refusals.push(answer.code);
    await pause(100);
  }
}

test(`by ${transports.join(" and ")}: a process is killed, and nobody misses or doubles a word`, async () => {
  const { ada, ben, chat } = await pair(`at${transports.length}${transports[0].slice(0, 1)}`);
  // Nobody is in a chat before something is said to them.
  await call("POST", `/api/sociosphere/v1/chats/${chat}/messages`, ada.token, { text: "hello", client_id: "hello" });
  const sockets = [];
  // One address goes to one process behind nginx; behind Traefik each new client goes to the next.
  const come = (person, address) => {
    const agent = new Agent({ localAddress: address, keepAlive: true });
    const socket = open(person.token, { transports, agent, reconnectionDelay: 200, reconnectionDelayMax: 1_000 });
    sockets.push(socket);
    return socket;
  };
  // Where somebody came is the process that has one socket more than before; nobody else uses this platform.
  const place = async (person, wanted) => {
    // A proxy that saw a process go lets it rest for some seconds: the addresses are tried again until it is asked.
    for (let tries = 0; tries < 600; tries += 1) {
      const last = 1 + (tries % 40);
      if (tries >= 40) await pause(50);
      const before = await Promise.all(serves.map(held));
      const socket = come(person, `127.0.0.${last}`);
      await once(socket, "ready");
      const at = await until("a process has it", async () => {
        const now = await Promise.all(serves.map(held));
        const found = now.findIndex((count, index) => count > before[index]);
        return found >= 0 && found;
      });
      if (at !== wanted) {
        socket.close();
        await until("it is gone", async () => (await held(serves[at])) === before[at]);
        continue;
      }
      if (transports.length === 2) await until("it is a WebSocket", () => socket.io.engine.transport.name === "websocket");
      assert.equal(socket.io.engine.transport.name, transports.at(-1));
      return socket;
    }
    throw new Error("no address leads to that process");
  };
  try {
    const here = await place(ada, 0);
    const there = await place(ben, 1);
    const readers = [here, there].map((socket) => new Reader(socket, chat));
    await Promise.all(readers.map((reader) => reader.come()));

    const acked = new Map();
    const refusals = [];
    const write = async (socket, name, from, to) => {
      for (let number = from; number < to; number += 1) {
        const text = `${name} ${number}`;
        acked.set(text, await say(socket, chat, text, refusals));
      }
    };
    await Promise.all([write(here, "ada", 0, BEFORE), write(there, "ben", 0, BEFORE)]);
    await until("both heard all of it", () => readers.every((reader) => reader.number === 1 + 2 * BEFORE));
    assert.deepEqual(readers[0].texts, readers[1].texts, "one order for both");
    assert.deepEqual(readers.map((reader) => reader.twice), [0, 0], "and each once");

    const writing = [write(here, "ada", BEFORE, BEFORE + AFTER), write(there, "ben", BEFORE, BEFORE + AFTER)];
    await until("they are at it again", () => acked.size >= 2 * BEFORE + 4);
    process.kill(serves[1].pid, "SIGKILL");
    await Promise.all(writing);
    const all = 1 + 2 * (BEFORE + AFTER);
    await until("both heard everything", () => readers.every((reader) => reader.number === all));
    assert.deepEqual(readers[0].texts, readers[1].texts, "one order for both");
    assert.equal(new Set(readers[0].texts).size, all, "nothing stands there twice");
    assert.deepEqual([readers[0].comings, readers[0].twice], [1, 0], "who was elsewhere noticed nothing");
    assert.ok(readers[1].comings >= 2, "the other came back");
    assert.deepEqual(refusals, [], "and nobody was refused");
    for (const [text, number] of acked) assert.ok(readers[0].texts[number - 1].includes(text), `${text} is number ${number}`);
    const { messages } = await call("GET", `/api/sociosphere/v1/chats/${chat}/messages?limit=100`, ben.token);
    assert.deepEqual(messages.map(({ content }) => content), readers[1].texts, "and so says the history");
    assert.equal(await held(serves[0]), 2, "both are on the one that is left");
  } finally {
    for (const socket of sockets) socket.close();
  }
});
