// What the story needs beside the client: a server of its own, and a browser without script.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { crc32, deflateSync } from "node:zlib";

const target = process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, "../../../target");
const binary = process.env.SOCIOSPHERE_BIN ?? join(target, "release/sociosphere");
export const PASSWORD = "a harbour in the evening";

const freePort = () =>
  new Promise((done, fail) => {
    const probe = createServer().on("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

const runs = (program, options) => (...words) => execFileSync(program, [...options, ...words], { encoding: "utf8" }).trim();
const personBy = (command) => (handle) =>
  command("account", "create", "--handle", handle, "--email", `${handle}@example.org`, "--password", PASSWORD, "--role", "member", "--confirmed");

/**
 * The release binary on an empty data folder and a free port; or a platform that runs already and that nobody used yet, if
 * STORY_PLATFORM names the file that tells of one (testing/full makes it).
 */
export async function startServer() {
  const given = process.env.STORY_PLATFORM;
  if (given) {
    const { url, command: [program, ...options] } = JSON.parse(readFileSync(given, "utf8"));
    const command = runs(program, options);
    return { url, command, person: personBy(command), stop: async () => {} };
  }
  const data = mkdtempSync(join(tmpdir(), "sociosphere-client-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const options = ["--data", data, "--listen", listen, "--set", "rate_limits=false"];
  const child = spawn(binary, options, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((up, fail) => {
    let out = "";
    child.on("exit", (code) => fail(new Error(`the server ended with ${code}:\n${out}`)));
    child.stdout.on("data", (chunk) => {
      out += chunk;
      if (out.includes("SocioSphere is at")) up();
    });
  });
  const command = runs(binary, options);
  return {
    url: `http://${listen}`,
    command,
    person: personBy(command),
    stop: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

const unescape = (text) =>
  text.replace(/&(amp|lt|gt|quot|#39|#x27);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'" })[name]);
const attributes = (tag) => Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)]));

/** Goes where an app sends somebody, signs in, allows it, and returns the address that leads back to the app. */
export async function consent(start, handle, back) {
  const cookies = new Map();
  const go = async (url, form) => {
    const answer = await fetch(url, {
      method: form ? "POST" : "GET",
      body: form && new URLSearchParams(form),
      redirect: "manual",
      headers: { Cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split("=");
      cookies.set(name, value);
    }
    const to = answer.headers.get("location");
    if (to === null) return { url, html: await answer.text() };
    const next = new URL(to, url);
    return next.href.startsWith(back) ? { done: next } : go(next.href);
  };
  let page = await go(start);
  for (let step = 0; step < 3 && !page.done; step += 1) {
    const form = /<form[^>]*>[\s\S]*?<\/form>/.exec(page.html)?.[0];
    if (!form) throw new Error(page.html);
    const fields = {};
    for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
      const { name, value = "" } = attributes(tag);
      if (name) fields[name] = value;
    }
    if ("user[email]" in fields) Object.assign(fields, { "user[email]": handle, "user[password]": PASSWORD });
    if (form.includes('value="allow"')) fields.decision = "allow";
    const { action } = attributes(/<form[^>]*>/.exec(form)[0]);
    page = await go(new URL(action ?? page.url, page.url).href, fields);
  }
  if (!page.done) throw new Error(page.html);
  return page.done;
}

/** A small picture: one colour, 64 x 48. */
export function png() {
  const chunk = (kind, body) => {
    const named = Buffer.concat([Buffer.from(kind), body]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(body.length, 0);
    frame.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
  };
  const head = Buffer.from([0, 0, 0, 64, 0, 0, 0, 48, 8, 2, 0, 0, 0]);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(64 * 3, 120)]);
  const rows = Buffer.concat(Array.from({ length: 48 }, () => row));
  const bytes = [Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return new Blob([Buffer.concat(bytes)], { type: "image/png" });
}
