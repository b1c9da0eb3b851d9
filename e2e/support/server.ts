// Starts the release binary on an empty data folder and a free port, and ends it after; or takes a platform that runs
// already and that nobody used yet, if STORY_PLATFORM names the file that tells of one (testing/full makes it).
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const target = process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, "../../target");
const binary = process.env.SOCIOSPHERE_BIN ?? join(target, "release/sociosphere");

export type Server = {
  url: string;
  ownerLink: string;
  command: (...args: string[]) => string;
  mails: () => string[];
  stop: () => Promise<void>;
};

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? done(address.port) : fail(new Error("no port"))));
    });
  });
}

// Engines for all stories, one setting a line in STORY_SETTINGS (store=mongodb://host/{name}?replicaSet=rs0): each
// server has a name of its own.
function engines(name: string): Record<string, string> {
  const lines = (process.env.STORY_SETTINGS ?? "").split("\n").filter((line) => line.includes("="));
  const setting = (line: string): [string, string] => {
    const at = line.indexOf("=");
    return [line.slice(0, at).trim(), line.slice(at + 1).trim().replaceAll("{name}", name)];
  };
  return Object.fromEntries(lines.map(setting));
}

function mailsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
    .map((path) => readFileSync(path, "utf8"));
}

function givenPlatform(file: string): Server {
  const { url, owner_link, command, mails } = JSON.parse(readFileSync(file, "utf8"));
  const [program, ...options] = command as string[];
  return {
    url,
    ownerLink: owner_link,
    command: (...args) => execFileSync(program ?? "", [...options, ...args], { encoding: "utf8" }).trim(),
    mails: () => mailsIn(mails),
    stop: async () => {},
  };
}

export async function startServer(settings: Record<string, string> = {}): Promise<Server> {
  const given = process.env.STORY_PLATFORM;
  if (given) {
    if (Object.keys(settings).length > 0) throw new Error("this story needs settings of its own, and cannot run on a platform that is there");
    return givenPlatform(given);
  }
  const data = mkdtempSync(join(tmpdir(), "sociosphere-story-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const extra = Object.entries({ rate_limits: "false", ...engines(basename(data)), ...settings }).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  const options = ["--data", data, "--listen", listen, ...extra];
  const child: ChildProcess = spawn(binary, options, { stdio: ["ignore", "pipe", "inherit"] });
  const ownerLink = await new Promise<string>((found, fail) => {
    let out = "";
    child.on("exit", (code) => fail(new Error(`the server ended with ${code}:\n${out}`)));
    child.stdout?.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      const link = /http\S+\/setup\/\S+/.exec(out);
      if (link) found(link[0]);
    });
  });
  return {
    url: `http://${listen}`,
    ownerLink,
    command: (...args) => execFileSync(binary, [...options, ...args], { encoding: "utf8" }).trim(),
    mails: () => mailsIn(join(data, "mail")),
    stop: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}
