// What staff do seldom: somebody's data as a file, deleting people and posts for good, pictures as they were reported, lines of the
// log, errors that come back, addresses and handles that are kept away, invitations, schedules; and refusals that everybody hears.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { PASSWORD, expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, openPanel, report, staffToken } from "../support/staff.ts";

test.describe.configure({ mode: "serial" });

let server: Server;
let olga: Page;
let boss: Person;
let ada: Person;
let bob: Person;
let wrong: string[];

test.beforeAll(async ({ browser }) => {
  const logs = mkdtempSync(join(tmpdir(), "sociosphere-log-"));
  server = await startServer({ "log.file": join(logs, "sociosphere.json"), "log.requests": "true" });
  makeStaff(server, "olga", "owner");
  boss = await staffToken(server, "olga");
  ada = await person(server, "ada", "Ada Lovelace");
  bob = await person(server, "bob", "Bob Builder");
  olga = await (await browser.newContext({ acceptDownloads: true })).newPage();
  wrong = watch(olga);
  await openPanel(olga, server, "olga");
});

test.afterEach(() => expect(wrong).toEqual([]));

test.afterAll(async () => {
  await server?.stop();
});

/** A picture of one colour, as PNG. */
function picture(size = 64): Uint8Array {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const check = (bytes: Buffer) => (bytes.reduce((c, byte) => (table[(c ^ byte) & 255] ?? 0) ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
  const part = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const frame = Buffer.alloc(8 + body.length);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(check(body), 4 + body.length);
    return frame;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const line = Buffer.concat([Buffer.from([0]), Buffer.from(Array.from({ length: size }, () => [40, 120, 160]).flat())]);
  const rows = Buffer.concat(Array.from({ length: size }, () => line));
  const start = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([start, part("IHDR", head), part("IDAT", deflateSync(rows)), part("IEND", Buffer.alloc(0))]);
}

const asks = () => olga.getByRole("dialog", { name: "Your password, please" });

async function prove() {
  await asks().getByLabel("Password").fill(PASSWORD);
  await asks().getByRole("button", { name: "Go on" }).click();
  await expect(asks()).toHaveCount(0);
}

/** It is done, after the password where it is asked for: a page that was loaded anew asks again. */
async function done(said: string) {
  await expect(asks().or(olga.getByText(said).first())).toBeVisible();
  if (await asks().isVisible()) await prove();
  await expect(olga.getByText(said).first()).toBeVisible();
}

const more = async (id: string, item: string) => {
  await olga.goto(`${server.url}/admin/people/${id}/show`);
  await olga.getByRole("button", { name: "More", exact: true }).click();
  await olga.getByRole("menuitem", { name: item }).click();
};

const signUp = (handle: string, invite?: string) =>
  fetch(`${server.url}/api/sociosphere/v1/auth/sign-up`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Sociosphere": "1" },
    body: JSON.stringify({ handle, email: `${handle}@example.org`, password: PASSWORD, agreement: true, invite }),
  });

test("a person's data is a file, and the audit log says who took it and why", async () => {
  await ada.call("POST", "/api/v1/statuses", { status: "To be found in the file" });
  await more(ada.id, "Export their data");
  const dialog = olga.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Export their data" })).toBeDisabled();
  await dialog.getByLabel("Reason").fill("She asked for it");
  await expectAccessible(olga);
  const download = olga.waitForEvent("download");
  await dialog.getByRole("button", { name: "Export their data" }).click();
  await done("The file is saved.");
  const file = await download;
  expect(file.suggestedFilename()).toBe("ada.json");
  const text = readFileSync((await file.path()) ?? "", "utf8");
  expect(JSON.stringify(JSON.parse(text))).toContain("To be found in the file");
  expect(text).toContain("ada@example.org");
  await olga.goto(`${server.url}/admin/audit`);
  await expect(olga.getByRole("row").filter({ hasText: "She asked for it" })).toBeVisible();
});

test("a post is deleted with its reason, and its author is told", async () => {
  const post = await ada.call("POST", "/api/v1/statuses", { status: "Cheap watches, all of them" });
  await expect(async () => {
    await olga.goto(`${server.url}/admin/posts`);
    await expect(olga.getByText("Cheap watches, all of them")).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await olga.getByRole("row").filter({ hasText: "Cheap watches" }).getByRole("button", { name: "Delete" }).click();
  const dialog = olga.getByRole("dialog", { name: "Delete this post" });
  await dialog.getByLabel("Message to the author").fill("Sell them elsewhere.");
  await dialog.getByLabel("Reason").fill("An advertisement");
  await expectAccessible(olga);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await done("The post is deleted.");
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => ada.call("GET", `/api/v1/statuses/${post.id}`).then(() => "there", () => "gone")).toBe("gone");
  const warnings = await ada.call("GET", "/api/sociosphere/v1/warnings");
  expect(JSON.stringify(warnings)).toContain("Sell them elsewhere.");
});

test("somebody is erased for good: after the password, with a reason, and nothing of them is left", async () => {
  const greta = await person(server, "greta", "Greta Gone");
  const post = await greta.call("POST", "/api/v1/statuses", { status: "The last words of Greta" });
  await bob.call("POST", `/api/v1/statuses/${post.id}/favourite`);
  // Who is not suspended cannot be erased: there is no such item.
  await olga.goto(`${server.url}/admin/people/${greta.id}/show`);
  await olga.getByRole("button", { name: "More", exact: true }).click();
  await expect(olga.getByRole("menuitem", { name: "Export their data" })).toBeVisible();
  await expect(olga.getByRole("menuitem", { name: "Delete for good" })).toHaveCount(0);
  await boss.call("POST", `/api/sociosphere/v1/admin/accounts/${greta.id}/decision`, { measures: ["suspend"] });
  await more(greta.id, "Delete for good");
  const dialog = olga.getByRole("dialog", { name: "Delete for good" });
  await dialog.getByLabel("Reason").fill("She wrote to us and asked for it");
  await expectAccessible(olga);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  // A page that was loaded anew has no proof of the password: without one nothing happens.
  await expect(asks()).toBeVisible();
  await expectAccessible(olga);
  expect((await boss.call("GET", `/api/v1/admin/accounts/${greta.id}`)).suspended).toBe(true);
  await prove();
  await expect(olga.getByText("Deleted for good.")).toBeVisible();
  await expect(olga).toHaveURL(/\/admin\/people($|\?)/);
  server.command("jobs", "settle");
  const status = (path: string) => fetch(server.url + path, { headers: { Authorization: `Bearer ${boss.token}` } }).then((answer) => answer.status);
  expect(await status(`/api/v1/admin/accounts/${greta.id}`)).toBe(404);
  expect(await status(`/api/v1/accounts/${greta.id}`)).toBe(404);
  expect(await status("/api/v1/accounts/lookup?acct=greta")).toBe(404);
  expect(await status(`/api/v1/statuses/${post.id}`)).toBe(404);
  expect(await bob.call("GET", "/api/v1/favourites")).toEqual([]);
  await olga.goto(`${server.url}/admin/audit`);
  const entry = olga.getByRole("row").filter({ hasText: "She wrote to us and asked for it" });
  await expect(entry).toBeVisible();
  await expect(entry).not.toContainText("The last words");
});

test("what is refused while a dialog is open is said in the dialog, where screen readers hear it", async () => {
  const post = await bob.call("POST", "/api/v1/statuses", { status: "Here for a moment" });
  await expect(async () => {
    await olga.goto(`${server.url}/admin/posts`);
    await expect(olga.getByText("Here for a moment")).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await olga.getByRole("row").filter({ hasText: "Here for a moment" }).getByRole("button", { name: "Delete" }).click();
  const dialog = olga.getByRole("dialog", { name: "Delete this post" });
  await dialog.getByLabel("Reason").fill("Too late");
  // The region is there before it has anything to say: else its words are not read.
  await expect(dialog.getByRole("alert")).toHaveText("");
  await bob.call("DELETE", `/api/v1/statuses/${post.id}`);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await prove();
  await expect(dialog.getByRole("alert")).toHaveText("This is not there any more.");
  await expect(olga.getByText("This is not there any more.")).toHaveCount(1);
  await expectAccessible(olga);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toHaveCount(0);
  // Without a dialog the panel's own notice says it.
  await olga.goto(`${server.url}/admin/blocks`);
  await olga.getByRole("tab", { name: "Addresses" }).click();
  await olga.getByLabel("Address or range").fill("the harbour");
  await olga.getByRole("button", { name: "Block", exact: true }).click();
  await expect(olga.getByRole("alert").filter({ hasText: /\w/ })).toBeVisible();
});

test("a reported picture stands in the evidence after its author deleted it", async () => {
  const media = await ada.upload(picture(), "A blue square");
  const post = await ada.call("POST", "/api/v1/statuses", { status: "Look at this", media_ids: [media] });
  await report(bob, ada, post.id, "I had to look at it");
  server.command("jobs", "settle");
  await ada.call("DELETE", `/api/v1/statuses/${post.id}`);
  server.command("jobs", "settle");
  await olga.goto(`${server.url}/admin/cases`);
  await olga.locator(".queue .case").filter({ hasText: "Ada Lovelace" }).getByRole("link").click();
  const evidence = olga.getByRole("region", { name: "As it was reported" });
  const shown = evidence.getByAltText("A blue square");
  await expect(shown).toBeVisible();
  await expect(evidence.getByText("Look at this")).toBeVisible();
  await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await expectAccessible(olga);
  // Nobody else gets it.
  const source = new URL((await shown.getAttribute("src")) ?? "", server.url).href;
  expect((await fetch(source.replace(/\?.*/, ""))).status).toBeGreaterThanOrEqual(400);
});

test("media of somebody is hidden for everybody until staff show it again", async ({ browser }) => {
  const media = await ada.upload(picture(), "A red flower");
  const post = await ada.call("POST", "/api/v1/statuses", { status: "Look at my flower", media_ids: [media] });
  server.command("jobs", "settle");
  const his = await (await browser.newContext()).newPage();
  await signIn(his, server.url, "bob");
  const flower = his.getByRole("button", { name: "Open picture: A red flower" });
  const cover = his.getByRole("button", { name: /Marked as sensitive/ });
  await his.goto(`${server.url}/@ada/${post.id}`);
  await expect(flower).toBeVisible();
  await expect(cover).toHaveCount(0);
  await olga.goto(`${server.url}/admin/people/${ada.id}/show`);
  await olga.getByRole("button", { name: "Decide", exact: true }).click();
  const dialog = olga.getByRole("dialog", { name: /Decide about/ });
  await dialog.getByRole("button", { name: "Hide media" }).click();
  await expectAccessible(olga);
  await dialog.getByRole("button", { name: /^Decide: / }).click();
  await expect(olga.getByText("Media hidden").first()).toBeVisible();
  await expectAccessible(olga);
  await his.reload();
  await expect(cover).toBeVisible();
  await expectAccessible(his);
  await cover.click();
  await expect(cover).toHaveCount(0);
  await expect(flower).toBeVisible();
  await olga.getByRole("button", { name: "More", exact: true }).click();
  await olga.getByRole("menuitem", { name: "Show their media again" }).click();
  await expect(olga.getByText("Taken back.")).toBeVisible();
  // Who leaves sends it at once.
  await olga.goto(`${server.url}/admin/people/${ada.id}/show`);
  await expect.poll(async () => (await boss.call("GET", `/api/v1/admin/accounts/${ada.id}`)).sensitized).toBe(false);
  await his.reload();
  await expect(flower).toBeVisible();
  await expect(cover).toHaveCount(0);
  await his.context().close();
});

test("lines of the log are found by their request, and name nobody", async () => {
  const answer = await fetch(`${server.url}/api/v1/timelines/home`);
  expect(answer.status).toBe(401);
  const request = answer.headers.get("x-request-id") ?? "";
  expect(request).not.toBe("");
  await expect(async () => {
    await olga.goto(`${server.url}/admin/logs?filter=${encodeURIComponent(JSON.stringify({ request }))}`);
    await expect(olga.locator(".log")).toHaveCount(1, { timeout: 2_000 });
  }).toPass();
  const line = olga.locator(".log");
  await line.locator("summary").click();
  await expect(line.locator("dd").filter({ hasText: request })).toBeVisible();
  await expectAccessible(olga);
  await olga.goto(`${server.url}/admin/logs`);
  await expect(olga.locator(".log").first()).toBeVisible();
  await olga.getByLabel("Words of the message").fill("no line says this");
  await expect(olga.getByText("No lines fit.")).toBeVisible();
});

test("an error is resolved, and open again when it returns", async () => {
  const goesWrong = async () => {
    const answer = await fetch(`${server.url}/api/sociosphere/v1/client-errors`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message: "The lighthouse is out", place: "/home", stack: "at lighthouse (app.js:1:1)", version: "1.2.3" }),
    });
    expect(answer.status).toBe(202);
  };
  const row = olga.getByRole("row").filter({ hasText: "The lighthouse is out" });
  const says = async (state: string) =>
    expect(async () => {
      await olga.goto(`${server.url}/admin/errors`);
      await expect(row.getByText(state, { exact: true })).toBeVisible({ timeout: 2_000 });
    }).toPass({ timeout: 40_000 });
  await goesWrong();
  await says("Open");
  await row.locator("summary").click();
  await expect(row.getByText("at lighthouse (app.js:1:1)")).toBeVisible();
  await expectAccessible(olga);
  await row.getByRole("button", { name: "Resolve" }).click();
  await expect(olga.getByText("Resolved. It opens again if it returns.")).toBeVisible();
  // What can be undone is done when its words fade.
  await expect(olga.getByText("Resolved. It opens again if it returns.")).toHaveCount(0, { timeout: 15_000 });
  await says("Resolved");
  await goesWrong();
  await says("Came back");
});

test("an address is kept away, and let in again", async () => {
  await olga.goto(`${server.url}/admin/blocks`);
  await olga.getByRole("tab", { name: "Addresses" }).click();
  await olga.getByLabel("Address or range").fill("203.0.113.0/24");
  await olga.getByLabel("What is held off").click();
  await olga.getByRole("option", { name: "No sign-ups" }).click();
  await olga.getByLabel("Why").fill("Robots");
  await olga.getByRole("button", { name: "Block", exact: true }).click();
  await done("Blocked.");
  const row = olga.getByRole("row").filter({ hasText: "203.0.113.0/24" });
  await expect(row).toContainText("No sign-ups");
  await expect(row).toContainText("Robots");
  await expectAccessible(olga);
  expect((await boss.call("GET", "/api/v1/admin/ip_blocks")).map((one: { ip: string }) => one.ip)).toEqual(["203.0.113.0/24"]);
  await row.getByRole("button", { name: "Unblock" }).click();
  await expect(row).toHaveCount(0);
  await expect.poll(async () => (await boss.call("GET", "/api/v1/admin/ip_blocks")).length, { timeout: 20_000 }).toBe(0);
});

test("a reserved handle is nobody's", async () => {
  await olga.goto(`${server.url}/admin/blocks`);
  await olga.getByRole("tab", { name: "Reserved handles" }).click();
  const field = olga.getByLabel("Reserved handles", { exact: true }).last();
  await field.fill("harbourmaster\npilot");
  await olga.getByRole("button", { name: "Save" }).click();
  await done("The handles are saved.");
  await expectAccessible(olga);
  expect((await signUp("harbourmaster")).status).toBe(422);
  expect((await signUp("fisher")).ok).toBe(true);
  await olga.reload();
  await olga.getByRole("tab", { name: "Reserved handles" }).click();
  await expect(olga.getByLabel("Reserved handles", { exact: true }).last()).toHaveValue("harbourmaster\npilot");
});

test("an invitation is made, counts who came by it, and is ended", async () => {
  await olga.goto(`${server.url}/admin/invites`);
  await olga.getByRole("button", { name: "New invitation" }).click();
  const dialog = olga.getByRole("dialog", { name: "New invitation" });
  await dialog.getByLabel("For how many people").fill("5");
  await dialog.getByRole("button", { name: "New invitation" }).click();
  await done("The invitation is there.");
  const row = olga.getByRole("row").filter({ hasText: "0 of 5" });
  const link = (await row.locator(".mono").first().textContent()) ?? "";
  const invite = link.split("/").pop()?.split("=").pop() ?? "";
  expect((await signUp("gretel", invite)).ok).toBe(true);
  await olga.reload();
  const used = olga.getByRole("row").filter({ hasText: "1 of 5" });
  await expect(used.getByText("@gretel")).toBeVisible();
  await expectAccessible(olga);
  await used.getByRole("button", { name: "End" }).click();
  await expect(olga.getByText("The invitation is ended.")).toBeVisible();
  // It can be undone for some seconds.
  await expect(olga.getByText("The invitation is ended.")).toHaveCount(0);
  await expect(async () => {
    await olga.reload();
    await expect(olga.getByRole("button", { name: "New invitation" })).toBeVisible();
    await expect(used.getByRole("button", { name: "End" })).toHaveCount(0, { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
});

test("a schedule runs when it is told to", async () => {
  const ran = async () => {
    const figures = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/sociosphere_jobs_done_total\{[^}]*kind="media\.count"[^}]*\} (\d+)/.exec(figures)?.[1] ?? 0);
  };
  server.command("jobs", "settle");
  const before = await ran();
  await olga.goto(`${server.url}/admin/jobs`);
  const row = olga.getByRole("row").filter({ hasText: "media-totals" });
  await row.getByRole("button", { name: "Run now" }).click();
  await done("media-totals is queued.");
  await expectAccessible(olga);
  await expect.poll(ran).toBeGreaterThan(before);
});
