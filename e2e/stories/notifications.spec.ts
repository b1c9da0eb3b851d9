// How people are told: what of and from whom they choose, the bell, groups, and what two devices show at once.
import { type BrowserContext, type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, report, staffToken } from "../support/staff.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(180_000);

const chats = "/api/sociosphere/v1/chats";

let server: Server;
let context: BrowserContext;
let page: Page;
let phone: Page;
let her: Person;
let tomasz: Person;
let mara: Person;
let stranger: Person;
let pest: Person;
let post: { id: string };
let wrong: string[];

const settle = () => server.command("jobs", "settle");
/** A name stands between marks that keep its direction to itself. */
const told = (who: string, what: string) => new RegExp(`${who}\\W+${what}`);
const notice = (text: string | RegExp, on = page) => on.getByRole("article").filter({ hasText: text });
const box = (kind: string, channel: string) => page.getByRole("checkbox", { name: `${kind}, ${channel}`, exact: true });
const rule = (from: string, answer: string) =>
  page.getByRole("group", { name: from }).getByRole("button", { name: answer, exact: true });
const unread = (on: Page, count: number) => on.getByRole("link", { name: `Notifications, ${count} unread` });
const say = (by: Person, status: string, more: object = {}) => by.call("POST", "/api/v1/statuses", { status, ...more });

async function open(path: string, heading: string) {
  await page.goto(server.url + path);
  await expect(page.getByRole("heading", { name: heading, exact: true }).first()).toBeVisible();
  await expect(page.locator("[data-live]").first()).toHaveAttribute("data-live", "live");
}

/** Clicks what is saved at once, and waits until the server has it. */
async function choose(what: () => Promise<void>, path: string) {
  const saved = page.waitForResponse((one) => one.url().endsWith(path) && one.request().method() !== "GET");
  await what();
  expect((await saved).ok()).toBe(true);
}
const wish = (what: () => Promise<void>) => choose(what, "/notifications/preferences");

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  her = await person(server, "ines", "Ines Ferreira");
  tomasz = await person(server, "tomasz", "Tomasz Nowak");
  mara = await person(server, "mara", "Mara Lindqvist");
  stranger = await person(server, "bo", "Bo Andersen");
  pest = await person(server, "pest", "Pest Control");
  makeStaff(server, "mod", "moderator");
  for (const one of [tomasz, mara]) await her.call("POST", `/api/v1/accounts/${one.id}/follow`);
  post = await say(her, "The ferry leaves at nine");
  settle();
  context = await browser.newContext();
  page = await context.newPage();
  wrong = watch(page);
  await signIn(page, server.url, "ines");
});

test.afterAll(async () => {
  await server?.stop();
});

test("what one switched off does not arrive", async () => {
  await open("/settings/notifications", "Notifications");
  await expect(box("Likes", "Here")).toBeChecked();
  await expect(box("Likes", "E-mail")).not.toBeChecked();
  await wish(() => box("Likes", "Here").click());
  await wish(() => box("Likes", "E-mail").click());
  await wish(() => box("Mentions", "E-mail").click());
  await wish(() => box("Shares", "Here").click());
  await page.reload();
  await expect(box("Likes", "Here")).not.toBeChecked();
  await expect(box("Likes", "E-mail")).toBeChecked();
  await expect(box("Mentions", "E-mail")).not.toBeChecked();
  await expectAccessible(page);

  await tomasz.call("POST", `/api/v1/statuses/${post.id}/favourite`);
  await tomasz.call("POST", `/api/v1/statuses/${post.id}/reblog`);
  await say(tomasz, "Save me a seat, @ines");
  await say(tomasz, "Nine sharp?", { in_reply_to_id: post.id });
  await expect(unread(page, 2)).toBeVisible();
  settle();
  await open("/notifications", "Notifications");
  await expect(notice("Save me a seat")).toBeVisible();
  await expect(notice("Nine sharp?")).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(2);
});

test("many who did the same are one line, with how many others", async () => {
  await open("/settings/notifications", "Notifications");
  await wish(() => box("Likes", "Here").click());
  const again = await say(her, "Back on the evening boat");
  for (const one of [tomasz, mara, stranger]) {
    await one.call("POST", `/api/v1/statuses/${again.id}/favourite`);
    settle();
  }
  await open("/notifications", "Notifications");
  const likes = notice(told("Bo Andersen", "and 2 others liked your post"));
  await expect(likes).toHaveCount(1);
  await expect(likes).toContainText("Back on the evening boat");
  await expect(likes.locator(".faces > *")).toHaveCount(3);
});

test("a sign-in on a device that was never seen is told on the others", async ({ browser }) => {
  await open("/", "Home");
  const other = await browser.newContext({
    viewport: { width: 390, height: 844 },
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  });
  phone = await other.newPage();
  await signIn(phone, server.url, "ines");
  await expect(page.locator(".toast").filter({ hasText: "Your account was signed in to from a new device" })).toBeVisible();
  await expect(unread(page, 1)).toBeVisible();
  await open("/notifications", "Notifications");
  const news = notice("was signed in to from a new device");
  await expect(news).toContainText("Firefox on Linux");
  await news.getByRole("link", { name: "was signed in to from a new device" }).click();
  await expect(page).toHaveURL(`${server.url}/settings/devices`);
  await expect(page.getByText("Firefox on Linux")).toBeVisible();
});

test("both devices count the same, and what one has read the other has read", async () => {
  await open("/", "Home");
  await phone.goto(server.url);
  await expect(phone.locator("[data-live]").first()).toHaveAttribute("data-live", "live");
  await say(tomasz, "Are you both there, @ines?");
  for (const one of [page, phone]) {
    await expect(unread(one, 1).first()).toBeVisible();
    await expect(one).toHaveTitle(/^\(1\) /);
    await expect(one.locator('link[rel="icon"]')).toHaveAttribute("href", "/mark-unread.svg");
  }
  await unread(phone, 1).first().click();
  await expect(notice("Are you both there", phone)).toBeVisible();
  await expect(notice("Are you both there", phone)).toHaveClass(/unread/);
  for (const one of [page, phone]) {
    await expect(one).toHaveTitle(/^[^(]/);
    await expect(one.locator('link[rel="icon"]')).toHaveAttribute("href", "/mark.svg");
    await expect(one.getByRole("link", { name: /^Notifications, / })).toHaveCount(0);
  }
  await page.getByRole("link", { name: "Notifications", exact: true }).click();
  await expect(notice("Are you both there")).toBeVisible();
  await expect(notice("Are you both there")).not.toHaveClass(/unread/);
  await expectAccessible(phone);
  await phone.context().close();
});

test("the bell on somebody tells of each new post, until it is turned off", async () => {
  await say(mara, "Before the bell");
  await open("/@mara", "Mara Lindqvist");
  const bell = page.getByRole("button", { name: "Tell me when @mara posts" });
  await choose(() => bell.click(), `/api/v1/accounts/${mara.id}/follow`);
  const on = page.getByRole("button", { name: "Stop telling me when @mara posts" });
  await expect(on).toHaveAttribute("aria-pressed", "true");
  await say(mara, "The first stall of the season");
  await expect(unread(page, 1)).toBeVisible();
  await open("/notifications", "Notifications");
  const news = notice(told("Mara Lindqvist", "posted something new"));
  await expect(news).toHaveCount(1);
  await expect(news).toContainText("The first stall of the season");
  await open("/@mara", "Mara Lindqvist");
  await choose(() => on.click(), `/api/v1/accounts/${mara.id}/follow`);
  await expect(bell).toHaveAttribute("aria-pressed", "false");
  await say(mara, "After the bell");
  settle();
  await open("/notifications", "Notifications");
  await expect(notice("The first stall of the season")).toBeVisible();
  await expect(notice("After the bell")).toHaveCount(0);
});

test("what strangers do is held back until one lets them through, or puts it away", async () => {
  await open("/settings/notifications", "Notifications");
  const stored = (what: () => Promise<void>) => choose(what, "/api/v2/notifications/policy");
  await stored(() => rule("People I do not follow", "Hold back").click());
  await page.reload();
  await expect(rule("People I do not follow", "Hold back")).toHaveAttribute("aria-pressed", "true");
  await say(stranger, "May I ask you something, @ines?");
  await say(pest, "Buy my traps, @ines");
  await say(pest, "Cheap traps, @ines");
  settle();
  await open("/notifications", "Notifications");
  await expect(notice("May I ask you something")).toHaveCount(0);
  await expect(page.getByRole("link", { name: /^Notifications, / })).toHaveCount(0);
  await page.getByRole("link", { name: "Held back 2 people you may want to hear from" }).click();
  await expect(page.getByRole("heading", { name: "Held back" })).toBeVisible();
  const bo = page.getByRole("article").filter({ hasText: "Bo Andersen" });
  await expect(bo).toContainText("1 notification");
  await expect(bo).toContainText("May I ask you something");
  const traps = page.getByRole("article").filter({ hasText: "Pest Control" });
  await expect(traps).toContainText("2 notifications");
  await expectAccessible(page);
  await traps.getByRole("button", { name: "Dismiss" }).click();
  await expect(page.locator(".toast")).toContainText("Put away.");
  await expect(traps).toHaveCount(0);
  await bo.getByRole("button", { name: "Let through" }).click();
  await expect(page.getByText("Nothing is held back")).toBeVisible();

  // Who was let through is heard from now on; who was put away is not.
  await say(stranger, "Which pier is it, @ines?");
  await say(pest, "Last traps, @ines");
  settle();
  await open("/notifications", "Notifications");
  await expect(notice("May I ask you something")).toBeVisible();
  await expect(notice("Which pier is it")).toBeVisible();
  await expect(notice("traps")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Held back 1 person you may want to hear from" })).toBeVisible();
  await open("/settings/notifications", "Notifications");
  await stored(() => rule("People I do not follow", "Never").click());
  await say(pest, "Are you sure, @ines?");
  settle();
  const { summary } = await her.call("GET", "/api/v2/notifications/policy");
  expect(summary).toMatchObject({ pending_requests_count: 1, pending_notifications_count: 1 });
  await stored(() => rule("People I do not follow", "Tell me").click());
});

test("a chat leads to its messages, and staff speak as staff", async () => {
  await open("/", "Home");
  const { chat } = await tomasz.call("POST", chats, { account_id: her.id });
  await her.call("POST", `/api/v1/accounts/${tomasz.id}/follow`);
  await tomasz.call("POST", `${chats}/${chat.id}/messages`, { text: "I have your umbrella", client_id: "story-1" });
  const complaint = await report(her, pest, null, "Traps, again and again");
  const mod = await staffToken(server, "mod");
  await mod.call("POST", `/api/v1/admin/accounts/${pest.id}/action`, { type: "none", report_id: complaint.id, text: "No more traps, please." });
  await mod.call("POST", `/api/v1/admin/accounts/${her.id}/action`, { type: "none", text: "Please add a description to your pictures." });
  settle();
  await open("/notifications", "Notifications");
  const decided = notice("The staff decided about your account");
  await expect(decided).toContainText("Please add a description to your pictures.");
  await expect(notice("The staff decided about what you reported")).toBeVisible();
  await expect(notice("No more traps")).toHaveCount(0);
  await expectAccessible(page);
  await notice(told("Tomasz Nowak", "wrote to you")).getByRole("link", { name: "wrote to you" }).click();
  await expect(page).toHaveURL(`${server.url}/chats/${chat.id}`);
  await expect(page.getByRole("region", { name: "Messages" })).toContainText("I have your umbrella");
});

test("nothing of this broke the page's rules", () => {
  expect(wrong).toEqual([]);
});
