// How it looks: every screen and what opens over it, in both themes, on a desk and on a phone. Nothing is wider than the
// screen, no rule of axe for people is broken, nothing is logged that browsers count as an error.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { expectAccessible, signIn } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(240_000);

let server: Server;
let ada: Person;
let post: string;

test.beforeAll(async () => {
  server = await startServer();
  ada = await person(server, "ada", "Ada Lovelace");
  const noor = await person(server, "noor", "نور الدين");
  const aiko = await person(server, "aiko", "渡辺 愛子");
  const quiet = await person(server, "quiet", "Quiet One");
  await person(server, "fresh", "Fresh Start");
  await noor.call("PATCH", "/api/v1/accounts/update_credentials", { note: "أكتب عن البحر والقوارب" });
  await quiet.call("PATCH", "/api/v1/accounts/update_credentials", { locked: true });
  const folder = mkdtempSync(join(tmpdir(), "sociosphere-looks-"));
  const picture = join(folder, "card.png");
  execFileSync("ffmpeg", ["-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x400:rate=1", "-frames:v", "1", picture]);
  const media = await ada.upload(readFileSync(picture), "A test card");
  const first = await ada.call("POST", "/api/v1/statuses", { status: "The boatyard in the morning #harbour", media_ids: [media] });
  post = first.id;
  await ada.call("PUT", `/api/v1/statuses/${post}`, { status: "The boatyard in the early morning #harbour", media_ids: [media] });
  await ada.call("POST", "/api/v1/statuses", { status: "Who dies at the end", spoiler_text: "The end of the play" });
  await ada.call("POST", "/api/v1/statuses", { status: `${"Long words and short ones. ".repeat(90)}` });
  await noor.call("POST", "/api/v1/statuses", { status: "صباح الخير من المرفأ 🌅 good morning", language: "ar" });
  await aiko.call("POST", "/api/v1/statuses", { status: "港の朝はパンの匂いがします。", language: "ja" });
  for (const one of [noor, aiko]) {
    await one.call("POST", `/api/v1/accounts/${ada.id}/follow`);
    await ada.call("POST", `/api/v1/accounts/${one.id}/follow`);
    await one.call("POST", `/api/v1/statuses/${post}/favourite`);
    await one.call("POST", "/api/v1/statuses", { status: "@ada I know that boat", in_reply_to_id: post });
  }
  await noor.call("POST", `/api/v1/statuses/${post}/reblog`);
  await ada.call("PATCH", "/api/v1/accounts/update_credentials", { locked: true, note: "Counting engines.\n\nAlso boats.", fields_attributes: [{ name: "Home", value: "https://example.org" }] });
  await quiet.call("POST", `/api/v1/accounts/${ada.id}/follow`);
  await ada.call("POST", `/api/v1/statuses/${post}/bookmark`);
  await ada.call("POST", `/api/v1/statuses/${post}/pin`);
  server.command("jobs", "settle");
});

test.afterAll(async () => {
  await server?.stop();
});

type Screen = { name: string; path: string; ready: (page: Page) => Promise<unknown>; as?: "ada" | "fresh" | "nobody" };

const heading = (name: string | RegExp) => (page: Page) => expect(page.getByRole("heading", { name }).first()).toBeVisible();
const text = (words: string | RegExp) => (page: Page) => expect(page.getByText(words).first()).toBeVisible();
const pressed = (first: (page: Page) => Promise<unknown>, act: (page: Page) => Promise<unknown>) => async (page: Page) => {
  await first(page);
  await act(page);
};
const more = (page: Page) => page.getByRole("button", { name: "More about this post" }).first().click();
const opened = (page: Page) => expect(page.getByRole("dialog").first()).toBeVisible();

const screens = (): Screen[] => [
  { name: "welcome", path: "/", ready: heading("SocioSphere"), as: "nobody" },
  { name: "sign-in", path: "/sign-in", ready: (page) => expect(page.getByLabel("Handle or e-mail")).toBeVisible(), as: "nobody" },
  { name: "sign-up", path: "/sign-up", ready: (page) => expect(page.getByLabel("Handle", { exact: true })).toBeVisible(), as: "nobody" },
  { name: "forgot", path: "/forgot", ready: (page) => expect(page.getByRole("textbox").first()).toBeVisible(), as: "nobody" },
  { name: "stranger-post", path: `/@ada/${post}`, ready: text("early morning"), as: "nobody" },
  { name: "home-empty", path: "/", ready: heading("Home"), as: "fresh" },
  { name: "notifications-empty", path: "/notifications", ready: heading("Notifications"), as: "fresh" },
  { name: "bookmarks-empty", path: "/bookmarks", ready: heading("Bookmarks"), as: "fresh" },
  { name: "home", path: "/", ready: text("early morning") },
  { name: "local", path: "/local", ready: text("early morning") },
  { name: "tag", path: "/tags/harbour", ready: text("early morning") },
  { name: "thread", path: `/@ada/${post}`, ready: text("I know that boat") },
  { name: "profile-own", path: "/@ada", ready: text("Counting engines.") },
  { name: "profile-arabic", path: "/@noor", ready: text("أكتب عن البحر والقوارب") },
  { name: "profile-locked", path: "/@quiet", ready: heading("Quiet One") },
  { name: "followers", path: "/@ada/followers", ready: text("@aiko") },
  { name: "notifications", path: "/notifications", ready: text("liked your post") },
  { name: "requests", path: "/follow-requests", ready: text("@quiet") },
  { name: "search", path: "/search?q=boatyard", ready: text("early") },
  { name: "search-nothing", path: "/search?q=zzzyyyxxx", ready: heading("Search") },
  { name: "bookmarks", path: "/bookmarks", ready: text("early morning") },
  { name: "likes", path: "/likes", ready: heading("Likes") },
  ...["profile", "privacy", "account", "devices", "appearance", "blocks", "mutes"].map((section) => ({
    name: `settings-${section}`,
    path: `/settings/${section}`,
    ready: heading(/.+/),
  })),
  { name: "missing", path: "/nothing/here", ready: heading("There is nothing at this address") },
  { name: "menu", path: `/@ada/${post}`, ready: pressed(text("I know that boat"), async (page) => {
    await more(page);
    await expect(page.getByRole("menu")).toBeVisible();
  }) },
  { name: "delete-asks", path: `/@ada/${post}`, ready: pressed(text("I know that boat"), async (page) => {
    await more(page);
    await page.getByRole("menuitem", { name: "Delete", exact: true }).click();
    await opened(page);
  }) },
  { name: "report", path: "/@noor", ready: pressed(text("أكتب عن البحر والقوارب"), async (page) => {
    await page.getByRole("button", { name: "More about this person" }).click();
    await page.getByRole("menuitem", { name: "Report @noor" }).click();
    await page.getByRole("dialog").getByLabel("It breaks a rule").check();
    await opened(page);
  }) },
  { name: "picture", path: `/@ada/${post}`, ready: pressed(text("I know that boat"), async (page) => {
    await page.getByRole("button", { name: /A test card/ }).first().click();
    await opened(page);
  }) },
  { name: "history", path: `/@ada/${post}`, ready: pressed(text("I know that boat"), async (page) => {
    await page.getByRole("button", { name: "edited" }).first().click();
    await expect(page.getByText("First version")).toBeVisible();
  }) },
  { name: "liked-by", path: `/@ada/${post}`, ready: pressed(text("I know that boat"), async (page) => {
    await page.getByRole("button", { name: /likes?$/ }).first().click();
    await expect(page.getByRole("dialog").getByText("@aiko")).toBeVisible();
  }) },
  { name: "shortcuts", path: "/notifications", ready: pressed(text("liked your post"), async (page) => {
    await page.keyboard.press("?");
    await opened(page);
  }) },
];

const pictures = join(import.meta.dirname, "../test-results/looks");

async function walk(browser: Browser, theme: "light" | "dark", size: { width: number; height: number }, place: string) {
  mkdirSync(pictures, { recursive: true });
  const pages = new Map<string, Page>();
  const errors: string[] = [];
  for (const who of ["nobody", "fresh", "ada"]) {
    const page = await (await browser.newContext({ colorScheme: theme, viewport: size, reducedMotion: "reduce" })).newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      // What the server refuses is shown to the person; browsers log the status, too.
      if (message.type() === "error" && !/status of 40[14]/.test(message.text())) errors.push(message.text());
    });
    if (who !== "nobody") await signIn(page, server.url, who);
    pages.set(who, page);
  }
  for (const { name, path, ready, as = "ada" } of screens()) {
    await test.step(name, async () => {
      const page = pages.get(as);
      if (!page) throw new Error(as);
      await page.goto(server.url + path);
      await ready(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wide, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
      await page.screenshot({ path: join(pictures, `${name}-${place}-${theme}.png`) });
      await expectAccessible(page);
    });
  }
  expect(errors).toEqual([]);
  for (const page of pages.values()) await page.context().close();
}

for (const theme of ["light", "dark"] as const) {
  test(`every screen on a desk, ${theme}`, ({ browser }) => walk(browser, theme, { width: 1440, height: 900 }, "desk"));
  test(`every screen on a phone, ${theme}`, ({ browser }) => walk(browser, theme, { width: 390, height: 844 }, "phone"));
}
