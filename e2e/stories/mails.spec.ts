// Mails as they were sent: what is in them and what is not, the link that ends them, and how they look
// (test-results/mails).
import { join } from "node:path";
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { type Letter, lettersIn } from "../support/mail.ts";
import { PASSWORD, expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, staffToken } from "../support/staff.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(180_000);

const pictures = join(import.meta.dirname, "../test-results/mails");
const preferences = "/api/sociosphere/v1/notifications/preferences";

let server: Server;
let page: Page;
let her: Person;
let tomasz: Person;
let mara: Person;
let post: { id: string };
let wrong: string[];
/** One letter of each kind, for a last look at all of them. */
const kept = new Map<string, Letter>();

const settle = () => server.command("jobs", "settle");
const box = (kind: string, channel: string) => page.getByRole("checkbox", { name: `${kind}, ${channel}`, exact: true });
const say = (by: Person, status: string, more: object = {}) => by.call("POST", "/api/v1/statuses", { status, ...more });
const mails = (to: string) => lettersIn(server.mails()).filter((one) => one.to.includes(`<${to}@example.org>`));
/** The one that begins like this. */
function keep(kind: string, subject: string): Letter {
  const letter = lettersIn(server.mails()).find((one) => one.subject.includes(subject));
  if (!letter) throw new Error(`no letter came: ${subject}`);
  kept.set(kind, letter);
  return letter;
}

/** Clicks what is saved at once, and waits until the server has it. */
async function wish(what: () => Promise<void>) {
  const saved = page.waitForResponse((one) => one.url().endsWith(preferences) && one.request().method() === "PUT");
  await what();
  expect((await saved).ok()).toBe(true);
}

async function open(path: string, heading: string) {
  await page.goto(server.url + path);
  await expect(page.getByRole("heading", { name: heading, exact: true })).toBeVisible();
}

test.beforeAll(async ({ browser }) => {
  // The letters are read as files: a platform that sends them on has none.
  server = await startServer({ mail: "file:{data}/mail" });
  her = await person(server, "ines", "Ines Ferreira");
  tomasz = await person(server, "tomasz", "Tomasz Nowak");
  mara = await person(server, "mara", "Mara Lindqvist");
  makeStaff(server, "mod", "moderator");
  for (const one of [tomasz, mara]) await her.call("POST", `/api/v1/accounts/${one.id}/follow`);
  post = await say(her, "The ferry leaves at nine");
  settle();
  page = await (await browser.newContext()).newPage();
  wrong = watch(page);
  await signIn(page, server.url, "ines");
});

test.afterAll(async () => {
  await server?.stop();
});

test("a mail tells of what one wants by mail, once, and of what others did, too", async () => {
  await open("/settings/notifications", "Notifications");
  await expect(box("Likes", "E-mail")).not.toBeChecked();
  await wish(() => box("Likes", "E-mail").click());
  await wish(() => box("Mentions", "E-mail").click());
  // What staff decide is always told, and says so by not being a choice.
  await expect(box("Decisions about my account", "E-mail")).toBeDisabled();
  await expect(box("Decisions about my account", "Push")).toBeEnabled();
  await tomasz.call("POST", `/api/v1/statuses/${post.id}/favourite`);
  settle();
  await mara.call("POST", `/api/v1/statuses/${post.id}/favourite`);
  await say(tomasz, "Or a quarter past?", { in_reply_to_id: post.id });
  await say(tomasz, "And a coffee, @ines");
  server.command("mails");
  server.command("mails");
  const told = mails("ines").filter((one) => one.unsubscribe);
  expect(told).toHaveLength(1);
  const mail = keep("batch", "and more at");
  expect(mail.text).toContain("Mara Lindqvist and 1 other liked your post");
  expect(mail.text).toContain("Or a quarter past?");
  expect(mail.text).not.toContain("And a coffee");
});

test("a sign-in from a new device and a decision of staff have mails of their own", async ({ browser }) => {
  const other = await browser.newContext({
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  });
  await signIn(await other.newPage(), server.url, "ines");
  await other.close();
  const mod = await staffToken(server, "mod");
  await mod.call("POST", `/api/v1/admin/accounts/${her.id}/action`, { type: "none", text: "Please add a description to your pictures." });
  settle();
  expect(keep("device", "new device").text).toContain("Firefox on Linux");
  expect(keep("decision", "About your account").text).toContain("Please add a description to your pictures.");
});

test("one click in a mail program ends its kind of mail, and the settings show it", async () => {
  const { unsubscribe } = kept.get("batch") ?? {};
  if (!unsubscribe) throw new Error("the mail has no link");
  // RFC 8058: no cookie, and nothing but this.
  const answer = await fetch(unsubscribe, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "List-Unsubscribe=One-Click",
  });
  expect(answer.status).toBe(200);
  await open("/settings/notifications", "Notifications");
  for (const kind of ["Mentions", "Comments", "New followers", "Chat messages", "Likes"])
    await expect(box(kind, "E-mail")).not.toBeChecked();
  await expect(box("Comments", "Here")).toBeChecked();
  await expect(box("Decisions about my account", "E-mail")).toBeChecked();
  const before = mails("ines").length;
  await say(tomasz, "Did you get my mail, @ines?");
  await say(tomasz, "Did you?", { in_reply_to_id: post.id });
  server.command("mails");
  expect(mails("ines")).toHaveLength(before);
});

test("the letter with the best of what one missed comes, and its link asks before it ends it", async ({ browser }) => {
  await open("/settings/notifications", "Notifications");
  const daily = page.getByRole("button", { name: "Daily" });
  await wish(() => daily.click());
  const best = await say(mara, "Everybody came to the harbour today");
  await tomasz.call("POST", `/api/v1/statuses/${best.id}/favourite`);
  settle();
  server.command("mails");
  const mail = keep("digest", "What you missed");
  expect(mail.text).toContain("Everybody came to the harbour today");
  const anybody = await (await browser.newContext()).newPage();
  await anybody.goto(mail.unsubscribe ?? "");
  await expect(anybody.getByText("Do you want no more mails with what you missed?")).toBeVisible();
  await expectAccessible(anybody);
  const wishes = async () => (await her.call("GET", preferences)).digest;
  expect(await wishes()).toBe("daily");
  await anybody.getByRole("button", { name: "No more of them" }).click();
  await expect(anybody.getByText("You get no more mails with what you missed.")).toBeVisible();
  await anybody.context().close();
  expect(await wishes()).toBe("off");
  await open("/settings/notifications", "Notifications");
  await expect(page.getByRole("button", { name: "Never", exact: true }).first()).toHaveAttribute("aria-pressed", "true");
});

test("every letter can be read on a phone and in a window, by day and by night", async ({ browser }) => {
  const reader = await (await browser.newContext()).newPage();
  await reader.goto(`${server.url}/forgot`);
  await reader.getByLabel("E-mail").fill("ines@example.org");
  await reader.getByRole("button").click();
  await expect(reader.getByRole("status")).toBeVisible();
  await open("/settings/email", "E-mail");
  await page.getByLabel("New e-mail address").fill("ines@example.net");
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator(".toast")).toContainText("on its way to the new address");
  settle();
  keep("reset", "Set a new password");
  keep("confirm", "Confirm your address");
  // A page of ours lets no letter in: it is read on an empty one.
  await reader.goto("about:blank");
  expect([...kept.keys()].sort()).toEqual(["batch", "confirm", "decision", "device", "digest", "reset"]);
  for (const [kind, letter] of kept) {
    for (const width of [390, 640])
      for (const colorScheme of ["light", "dark"] as const) {
        await reader.setViewportSize({ width, height: 844 });
        await reader.emulateMedia({ colorScheme });
        await reader.setContent(letter.html);
        // Who has not shown that an address is theirs is greeted there by the handle alone.
        const name = kind === "confirm" ? "ines" : "Ines Ferreira";
        await expect(reader.getByRole("heading", { name: `Hello ${name},`, exact: true })).toBeVisible();
        const wide = await reader.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
        expect(wide, `${kind} at ${width}`).toBe(false);
        await expectAccessible(reader);
        await reader.screenshot({ path: join(pictures, `${kind}-${width}-${colorScheme}.png`), fullPage: true });
      }
  }
  await reader.context().close();
});

test("nothing of this broke the page's rules", () => {
  expect(wrong).toEqual([]);
});
