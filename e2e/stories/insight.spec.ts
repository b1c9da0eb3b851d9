// Insight, from a look to its author: a follower scrolls and opens, a stranger follows from a post, and the author sees how
// often and how many. Crawlers do not count, others see nothing, tables come as files, and it looks right everywhere.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type Page, expect, test } from "@playwright/test";
import config from "../playwright.config.ts";
import { type Person, person } from "../support/api.ts";
import { expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(240_000);

// What runs the stories calls itself headless, and machines do not count.
const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
// For the whole browser: a page's own name is not that of the requests which outlive it.
const launch = config.use?.launchOptions;
// Links lead nowhere, without a page's requests being intercepted for it: what is intercepted ends with its page.
const nowhere = "--host-resolver-rules=MAP example.org ~NOTFOUND";
test.use({ launchOptions: { ...launch, args: [...(launch?.args ?? []), `--user-agent=${userAgent}`, nowhere] } });
const pictures = join(import.meta.dirname, "../test-results/looks");
const own = "/api/sociosphere/v1/insights";

let server: Server;
let ada: Person;
let ben: Person;
let posts: string[];
let hers: Page;
let his: Page;
let wrong: string[][];

test.beforeAll(async ({ browser }) => {
  mkdirSync(pictures, { recursive: true });
  server = await startServer({ "insight.flush_seconds": "1" });
  ada = await person(server, "ada", "Ada Lovelace");
  ben = await person(server, "ben", "Ben Bobbin");
  await person(server, "cleo", "Cleo Clasp");
  await person(server, "fresh", "Fresh Start");
  await ben.call("POST", `/api/v1/accounts/${ada.id}/follow`);
  posts = [];
  for (let number = 1; number <= 14; number += 1) {
    const status = `Note ${number} of the harbour. ${"The tide comes in, and the tide goes out. ".repeat(6)}https://example.org/${number}`;
    posts.push((await ada.call("POST", "/api/v1/statuses", { status })).id);
  }
  server.command("jobs", "settle");
  hers = await (await browser.newContext()).newPage();
  his = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  wrong = [watch(hers), watch(his)];
});

test.afterAll(async () => {
  await server?.stop();
});

const told = (post: string) => ada.call("GET", `${own}/posts/${post}`);
const impressions = async (post: string) => (await told(post)).impressions.total;
const newest = () => posts.at(-1) ?? "";

test("what a follower scrolls past counts, and what is further down does not", async () => {
  await signIn(his, server.url, "ben");
  await expect(his.locator(`[data-post="${newest()}"]`)).toBeVisible();
  await expect.poll(() => impressions(newest()), { timeout: 30_000 }).toBe(1);
  expect(await impressions(posts[0] ?? "")).toBe(0);
  const first = his.locator(`[data-post="${posts[0]}"]`);
  while ((await first.count()) === 0) await his.mouse.wheel(0, 1_500);
  await first.scrollIntoViewIfNeeded();
  await expect.poll(() => impressions(posts[0] ?? ""), { timeout: 30_000 }).toBe(1);
  const { impressions: seen, reach, views } = await told(posts[0] ?? "");
  expect(seen).toEqual({ total: 1, followers: 1, others: 0 });
  expect(reach.total).toBe(1);
  expect(views.total).toBe(0);
});

test("opening a post is a view, a link in it an open, and a page that goes away tells it", async () => {
  await his.goto(`${server.url}/@ada/${newest()}`);
  const link = his.locator(`[data-focus-post="${newest()}"] a[target="_blank"]`).first();
  const [elsewhere] = await Promise.all([
    // It has no opener, so it is no popup of the page.
    his.context().waitForEvent("page"),
    link.press("Enter"),
  ]);
  await elsewhere.close();
  // No batch is due yet: the end of the page sends it.
  await his.goto("about:blank");
  await expect.poll(async () => (await told(newest())).views.total, { timeout: 30_000 }).toBe(1);
  expect((await told(newest())).link_opens).toEqual({ total: 1, followers: 1, others: 0 });
});

test("who leaves at once was there: no view is lost on the way through the service worker", async () => {
  await his.goto(server.url);
  await his.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
  const opened = [...posts.slice(1, 5), ...posts.slice(8, 13)];
  for (const post of opened) {
    await his.goto(`${server.url}/@ada/${post}`);
    await expect(his.locator(`[data-focus-post="${post}"]`)).toBeVisible();
    await his.goto("about:blank");
  }
  const views = () => Promise.all(opened.map(async (post) => (await told(post)).views.total));
  await expect.poll(views, { timeout: 30_000 }).toEqual(opened.map(() => 1));
});

test("a crawler counts for nothing; who follows from a post's page is told as such", async ({ browser }) => {
  const machine = await (await browser.newContext({ userAgent: "Mozilla/5.0 (compatible; Storybot/1.0)" })).newPage();
  await signIn(machine, server.url, "cleo");
  // It tells like everybody, and hears the same.
  const heard = machine.waitForResponse((answer) => /viewed":\["\d/.test(answer.request().postData() ?? ""));
  await machine.goto(`${server.url}/@ada/${posts[5]}`);
  expect((await heard).status()).toBe(202);
  await machine.context().close();
  const theirs = await (await browser.newContext()).newPage();
  await signIn(theirs, server.url, "cleo");
  await theirs.goto(`${server.url}/@ada/${posts[7]}`);
  await theirs.locator(`[data-focus-post="${posts[7]}"]`).getByRole("button", { name: "Follow, @ada" }).click();
  await expect(theirs.getByRole("button", { name: "Following, @ada" })).toBeVisible();
  await theirs.goto(`${server.url}/@ada`);
  await expect.poll(async () => (await told(posts[7] ?? "")).new_followers, { timeout: 30_000 }).toBe(1);
  await expect.poll(async () => (await ada.call("GET", `${own}/account?days=7`)).now.profile_visits.total, { timeout: 30_000 }).toBe(1);
  expect((await told(posts[5] ?? "")).views.total).toBe(0);
  await theirs.context().close();
});

test("the author finds it under the post and in its menu; others find nothing", async () => {
  await signIn(hers, server.url, "ada");
  await hers.goto(`${server.url}/@ada/${newest()}`);
  await expect(hers.getByText(/\d impressions? · \d (person|people)/)).toBeVisible();
  await hers.locator("[data-focus-post]").getByRole("button", { name: "More about this post" }).click();
  await hers.getByRole("menuitem", { name: "Insight", exact: true }).click();
  await expect(hers.getByRole("row", { name: /^Views 1 1 0/ })).toBeVisible();
  await hers.getByRole("button", { name: "Link opens" }).click();
  await expect(hers.getByRole("img", { name: /Link opens\. Highest: 1/ })).toBeVisible();
  await hers.getByRole("button", { name: /Show as a table/ }).click();
  await expect(hers.getByRole("columnheader", { name: "Date" })).toBeVisible();
  await expectAccessible(hers);
  await his.goto(`${server.url}/insights/posts/${newest()}`);
  await expect(his.getByText("This is not here, or not for you to see.")).toBeVisible();
});

test("the dashboard shows the days, and its tables come as files", async () => {
  await hers.goto(`${server.url}/insights?days=7`);
  await expect(hers.getByRole("img", { name: /^Reach by day\. Highest: [12]/ })).toBeVisible();
  const followers = hers.getByRole("region", { name: "Followers over time" });
  await followers.getByRole("button", { name: /Show as a table/ }).click();
  await expect(followers.getByRole("row").last()).toContainText("2");
  await hers.getByRole("link", { name: "90 days" }).click();
  await expect(hers).toHaveURL(/days=90/);
  for (const [button, name, head] of [
    ["Download the days (CSV)", "insight-90-days.csv", "date,impressions,"],
    ["Download the posts (CSV)", "insight-posts-90-days.csv", "post,published,text,"],
  ] as const) {
    const [download] = await Promise.all([hers.waitForEvent("download"), hers.getByRole("button", { name: button }).click()]);
    expect(download.suggestedFilename()).toBe(name);
    const text = readFileSync(await download.path(), "utf8");
    expect(text.startsWith(head)).toBe(true);
    expect(text.trim().split("\r\n").length).toBeGreaterThan(2);
  }
});

test("the week by mail is turned off in the settings", async () => {
  await hers.goto(`${server.url}/settings/insight`);
  const weekly = hers.getByRole("switch", { name: "A summary each week by mail" });
  await expect(weekly).toBeChecked();
  await weekly.click();
  await expect.poll(async () => (await ada.call("GET", `${own}/summary`)).weekly).toBe(false);
  await hers.reload();
  await expect(weekly).not.toBeChecked();
});

test("nothing broke the page's own rules", () => {
  expect(wrong.flat()).toEqual([]);
});

/** A month of numbers, as an author of many has them: what the story itself counted is one day. */
function month() {
  const split = (total: number) => ({ total, followers: Math.floor(total * 0.6), others: total - Math.floor(total * 0.6) });
  const wave = (day: number) => Math.round(400 + 300 * Math.sin(day / 3) + 40 * (day % 7));
  const days = Array.from({ length: 28 }, (_, day) => ({
    date: new Date(Date.UTC(2026, 10, 1 + day)).toISOString().slice(0, 10),
    impressions: split(wave(day) * 3),
    reach: wave(day),
    views: Math.round(wave(day) / 4),
    link_opens: day,
    profile_visits: day * 2,
    new_followers: day % 5,
    followers: 12_300 + day * 3,
  }));
  const sums = (scale: number) => ({
    impressions: split(31_204 * scale),
    reach: split(8_431 * scale),
    views: split(2_800 * scale),
    link_opens: split(378 * scale),
    profile_visits: split(756 * scale),
    new_followers: 54 * scale,
  });
  const hours = Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => (hour < 6 ? 0 : (hour * (day + 1)) % 23)));
  const best_posts = ["The boatyard in the early morning, before the first ferry", "صباح الخير من المرفأ", "港の朝はパンの匂いがします。"].map((text, place) => ({
    id: String(place + 1),
    created_at: "2026-11-20T08:00:00.000Z",
    text,
    impressions: split(9_000 - place * 3_000),
    reach: 4_000 - place * 1_000,
    likes: 120,
    comments: 14,
    shares: 9,
  }));
  return { followers: 12_381, now: sums(2), before: sums(1), days, hours, best_posts };
}

async function look(browser: Browser, theme: "light" | "dark", place: string, viewport: { width: number; height: number }) {
  const page = await (await browser.newContext({ colorScheme: theme, viewport, reducedMotion: "reduce" })).newPage();
  const shown = async (name: string) => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
    await page.screenshot({ path: join(pictures, `insight-${name}-${place}-${theme}.png`), fullPage: true });
    await expectAccessible(page);
  };
  await signIn(page, server.url, "fresh");
  await page.goto(`${server.url}/insights`);
  await expect(page.getByRole("heading", { name: "Nothing counted yet" })).toBeVisible();
  await shown("empty");
  await page.context().clearCookies();
  await signIn(page, server.url, "ada");
  await page.goto(`${server.url}/@ada/${newest()}`);
  await expect(page.getByText(/impressions? ·/)).toBeVisible();
  await shown("thread");
  await page.goto(`${server.url}/insights/posts/${newest()}`);
  await expect(page.getByRole("row", { name: /^Views/ })).toBeVisible();
  await shown("post");
  await page.goto(`${server.url}/settings/insight`);
  await expect(page.getByRole("switch")).toBeVisible();
  await shown("setting");
  await page.goto(`${server.url}/insights`);
  await expect(page.getByRole("heading", { name: "Most seen posts" })).toBeVisible();
  await shown("young");
  await page.route("**/insights/account?**", (route) => route.fulfill({ json: month() }));
  await page.reload();
  await expect(page.getByText("100% more than in the 28 days before").first()).toBeVisible();
  await shown("month");
  const charts = page.getByRole("button", { name: /^Show as a table/ });
  while ((await charts.count()) > 0) await charts.first().click();
  await shown("tables");
  await page.context().close();
}

for (const theme of ["light", "dark"] as const) {
  test(`it looks right on a desk, ${theme}`, ({ browser }) => look(browser, theme, "desk", { width: 1280, height: 800 }));
  test(`it looks right on a phone, ${theme}`, ({ browser }) => look(browser, theme, "phone", { width: 390, height: 844 }));
}
