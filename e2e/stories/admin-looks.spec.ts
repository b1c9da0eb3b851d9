// How the panel looks: every place, in both themes, on a desk and on a phone. Nothing is wider than the screen, no rule of
// axe for people is broken, the content security policy holds, nothing is logged that browsers count as an error.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type Page, expect, test } from "@playwright/test";
import { person } from "../support/api.ts";
import { expectAccessible } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, openPanel, report, staffToken } from "../support/staff.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(300_000);

let server: Server;
let ada: string;

test.beforeAll(async () => {
  server = await startServer();
  const [ann, bob, noor, aiko] = [
    await person(server, "ada", "Ada Lovelace"),
    await person(server, "bob", "Bob Builder"),
    await person(server, "noor", "نور الدين"),
    await person(server, "aiko", "渡辺 愛子"),
  ];
  ada = ann.id;
  makeStaff(server, "rosa", "owner");
  const boss = await staffToken(server, "rosa");
  const own = "/api/sociosphere/v1/admin";
  await boss.call("PUT", `${own}/house/rules`, { rules: [{ text: "Be kind to each other", hint: "Disagree with words, not with people." }, { text: "Nothing is sold here" }] });
  const watches = await ann.call("POST", "/api/v1/statuses", { status: "Watches at the harbour, the best in town, cheap and waterproof. Come before noon." });
  await ann.call("POST", "/api/v1/statuses", { status: "And belts, too", visibility: "unlisted" });
  await noor.call("POST", "/api/v1/statuses", { status: "صباح الخير من المرفأ" });
  await bob.call("POST", `/api/v1/statuses/${watches.id}/favourite`);
  await report(bob, ann, watches.id, "Again and again, every morning the same.");
  await report(noor, ann, watches.id, "It is advertising", "violation");
  await report(ann, bob, null, "He is rude in the evening", "other");
  await report(aiko, noor, null, "I do not know her", "other");
  await boss.call("POST", `${own}/accounts/${aiko.id}/decision`, { measures: ["limit"], message: "Please be calm.", reason: "Three complaints" });
  await boss.call("POST", `${own}/people/${ada}/notes`, { text: "Wrote to her on Monday." });
  await boss.call("POST", `${own}/invites`, { uses: 5, days: 7 });
  await boss.call("POST", `${own}/roles`, { name: "Harbour watch", rank: 5, permissions: ["manage_reports", "manage_appeals"] });
  await boss.call("POST", `${own}/announcements`, { text: "The harbour festival is on Saturday. Bring boats.", publish: true });
  await boss.call("POST", "/api/v1/admin/email_domain_blocks", { domain: "mail.example", allow_with_approval: true });
  await boss.call("POST", "/api/v1/admin/ip_blocks", { ip: "192.0.2.0/24", severity: "sign_up_block", comment: "Floods" });
  server.command("jobs", "settle");
});

test.afterAll(async () => {
  await server?.stop();
});

type Screen = { name: string; path: string; ready: (page: Page) => Promise<unknown> };
const heading = (name: string | RegExp) => (page: Page) => expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
const text = (words: string | RegExp) => (page: Page) => expect(page.getByText(words).filter({ visible: true }).first()).toBeVisible();
const pressed = (first: (page: Page) => Promise<unknown>, act: (page: Page) => Promise<unknown>) => async (page: Page) => {
  await first(page);
  await act(page);
  await expect(page.getByRole("dialog")).toBeVisible();
};
const openCase = async (page: Page) => {
  await page.locator(".queue .case", { hasText: "Ada Lovelace" }).getByRole("link").click();
  await expect(page.getByText("It is advertising")).toBeVisible();
};

const screens = (): Screen[] => [
  { name: "home", path: "", ready: text("Who stays") },
  { name: "cases", path: "/cases", ready: text("Ada Lovelace") },
  { name: "case", path: "/cases", ready: openCase },
  { name: "case-decision", path: "/cases", ready: async (page) => {
    await openCase(page);
    await page.getByRole("button", { name: "Suspend", exact: true }).click();
    await expect(page.getByRole("button", { name: "Decide: Suspend" })).toBeVisible();
  } },
  { name: "appeals", path: "/appeals", ready: text("No appeal waits.") },
  { name: "posts", path: "/posts", ready: text("Watches at the harbour") },
  { name: "media", path: "/media", ready: heading("Media") },
  { name: "people", path: "/people", ready: text("@aiko") },
  { name: "person", path: `/people/${ada}/show`, ready: text("ada@example.org") },
  { name: "person-notes", path: `/people/${ada}/show`, ready: async (page) => {
    await page.getByRole("tab", { name: /Notes/ }).click();
    await text("Wrote to her on Monday.")(page);
  } },
  { name: "person-decides", path: `/people/${ada}/show`, ready: pressed(text("ada@example.org"), (page) => page.getByRole("button", { name: "Decide", exact: true }).click()) },
  { name: "sign-ups", path: "/sign-ups", ready: text("Nobody waits.") },
  { name: "invites", path: "/invites", ready: text("sign-up?invite=") },
  { name: "announcements", path: "/announcements", ready: text("The harbour festival") },
  { name: "announce", path: "/announcements", ready: pressed(text("The harbour festival"), (page) => page.getByRole("button", { name: "New announcement" }).click()) },
  { name: "rules", path: "/rules", ready: (page) => expect(page.getByLabel("In a sentence").first()).toHaveValue("Be kind to each other") },
  { name: "blocks", path: "/blocks", ready: text("mail.example") },
  { name: "trends", path: "/trends", ready: heading("Trends") },
  { name: "jobs", path: "/jobs", ready: text("No dead letters.") },
  { name: "logs", path: "/logs", ready: heading("Logs") },
  { name: "errors", path: "/errors", ready: heading("Errors") },
  { name: "audit", path: "/audit", ready: text(/edit rules/i) },
  { name: "team", path: "/team", ready: text("Harbour watch") },
  { name: "role", path: "/team", ready: pressed(text("Harbour watch"), (page) => page.getByRole("button", { name: "New role" }).click()) },
  { name: "settings", path: "/settings", ready: (page) => expect(page.getByLabel("Who may join")).toBeVisible() },
  { name: "nothing", path: "/nowhere", ready: heading("Nothing here") },
];

const pictures = join(import.meta.dirname, "../test-results/admin-looks");

async function walk(browser: Browser, theme: "light" | "dark", size: { width: number; height: number }, place: string) {
  mkdirSync(pictures, { recursive: true });
  const page = await (await browser.newContext({ colorScheme: theme, viewport: size, reducedMotion: "reduce" })).newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    // What the server refuses is shown to the person; browsers log the status, too.
    if (message.type() === "error" && !/status of 40[14]/.test(message.text())) errors.push(message.text());
  });
  await openPanel(page, server, "rosa");
  for (const { name, path, ready } of screens()) {
    await test.step(name, async () => {
      await page.goto(`${server.url}/admin${path}`);
      await ready(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(wide, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
      await page.screenshot({ path: join(pictures, `${name}-${place}-${theme}.png`) });
      await expectAccessible(page, true);
    });
  }
  expect(errors).toEqual([]);
  await page.context().close();
}

for (const theme of ["light", "dark"] as const) {
  test(`every place of the panel on a desk, ${theme}`, ({ browser }) => walk(browser, theme, { width: 1280, height: 800 }, "desk"));
  test(`every place of the panel on a phone, ${theme}`, ({ browser }) => walk(browser, theme, { width: 390, height: 844 }, "phone"));
}
