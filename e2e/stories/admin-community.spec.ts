// What staff do for the whole community in the panel: who may join, letting people in, announcements, roles, appeals.
import { type Page, expect, test } from "@playwright/test";
import type { Person } from "../support/api.ts";
import { PASSWORD, expectAccessible, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, openPanel, staffToken } from "../support/staff.ts";

test.describe.configure({ mode: "serial" });

let server: Server;
let olga: Page;
let boss: Person;
let wrong: string[];

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  makeStaff(server, "olga", "owner");
  makeStaff(server, "rosa", "admin");
  boss = await staffToken(server, "olga");
  olga = await (await browser.newContext()).newPage();
  wrong = watch(olga);
  await openPanel(olga, server, "olga");
});

test.afterEach(() => expect(wrong).toEqual([]));

test.afterAll(async () => {
  await server?.stop();
});

async function prove(page: Page) {
  const asks = page.getByRole("dialog", { name: "Your password, please" });
  await asks.getByLabel("Password").fill(PASSWORD);
  await asks.getByRole("button", { name: "Go on" }).click();
  await expect(asks).toHaveCount(0);
}

test("who may join is changed with the password, and the community says so", async () => {
  await olga.goto(`${server.url}/admin/settings`);
  await olga.getByLabel("Name of the community").fill("Harbour Town");
  await olga.getByLabel("Who may join").click();
  await olga.getByRole("option", { name: "Everybody, after approval" }).click();
  await olga.getByRole("button", { name: "Save" }).click();
  await prove(olga);
  await expect(olga.getByText("The settings are saved.")).toBeVisible();
  const says = await (await fetch(`${server.url}/api/v2/instance`)).json();
  expect(says.title).toBe("Harbour Town");
  expect(says.registrations).toMatchObject({ enabled: true, approval_required: true });
});

test("a rule that staff write is asked of who joins, offered to who reports, and told to apps", async ({ browser }) => {
  await olga.goto(`${server.url}/admin/rules`);
  await olga.getByRole("button", { name: "Add a rule" }).click();
  await olga.getByLabel("In a sentence").last().fill("No shouting before noon");
  await olga.getByRole("button", { name: "Save the rules" }).click();
  await expect(olga.getByText("The rules are saved.")).toBeVisible();
  const told = await (await fetch(`${server.url}/api/v2/instance`)).json();
  expect(told.rules.map((rule: { text: string }) => rule.text)).toContain("No shouting before noon");
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(`${server.url}/sign-up`);
  await expect(visitor.getByRole("region", { name: "By joining you agree to our rules" })).toContainText("No shouting before noon");
  await visitor.context().close();
  await olga.goto(`${server.url}/@rosa`);
  await olga.getByRole("button", { name: "More about this person" }).click();
  await olga.getByRole("menuitem", { name: "Report @rosa" }).click();
  const dialog = olga.getByRole("dialog");
  await dialog.getByLabel("It breaks a rule").check();
  await dialog.getByLabel("No shouting before noon").check();
  await dialog.getByRole("button", { name: "Send report" }).click();
  await expect(dialog.getByText("Staff will look at it")).toBeVisible();
  const [found] = await boss.call("GET", "/api/v1/admin/reports");
  expect(found.rules.map((rule: { text: string }) => rule.text)).toEqual(["No shouting before noon"]);
});

test("people who wait are let in together, and one is not", async () => {
  for (const handle of ["una", "ulf", "troll"]) {
    const answer = await fetch(`${server.url}/api/sociosphere/v1/auth/sign-up`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Sociosphere": "1" },
      body: JSON.stringify({ handle, email: `${handle}@example.org`, password: PASSWORD, reason: `I am ${handle}` }),
    });
    expect(answer.ok).toBe(true);
  }
  server.command("jobs", "settle");
  await olga.goto(`${server.url}/admin/sign-ups`);
  const row = (handle: string) => olga.getByRole("row").filter({ hasText: `@${handle}` });
  await expect(row("troll").getByText("I am troll")).toBeVisible();
  await expectAccessible(olga);
  await row("una").getByRole("checkbox").check();
  await row("ulf").getByRole("checkbox").check();
  await olga.locator(".bulk").getByRole("button", { name: "Let in" }).click();
  await expect(olga.getByText("2 people are let in.")).toBeVisible();
  await expect(row("una")).toHaveCount(0);
  await row("troll").getByRole("button", { name: "Turn down" }).click();
  await olga.getByRole("dialog").getByLabel("What they are told").fill("Not this time.");
  await olga.getByRole("dialog").getByRole("button", { name: "Turn down" }).click();
  await expect(olga.getByText("Nobody waits.")).toBeVisible();
  const signIn = (handle: string) =>
    fetch(`${server.url}/api/sociosphere/v1/auth/sign-in`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Sociosphere": "1" },
      body: JSON.stringify({ login: handle, password: PASSWORD }),
    }).then((answer) => answer.status);
  await expect.poll(() => signIn("una"), { timeout: 20_000 }).toBe(200);
  await expect.poll(() => signIn("ulf"), { timeout: 20_000 }).toBe(200);
  await expect.poll(() => signIn("troll"), { timeout: 20_000 }).not.toBe(200);
});

test("an announcement is a draft first, then everybody's, then nobody's", async () => {
  const una = await staffToken(server, "una");
  const heard = async () => (await una.call("GET", "/api/v1/announcements")).map((one: { content: string }) => one.content).join();
  await olga.goto(`${server.url}/admin/announcements`);
  await olga.getByRole("button", { name: "New announcement" }).click();
  await olga.getByRole("dialog").getByLabel("Text").fill("The festival is on Saturday.");
  await olga.getByRole("dialog").getByRole("button", { name: "Keep as a draft" }).click();
  const row = olga.getByRole("row").filter({ hasText: "The festival is on Saturday." });
  await expect(row.getByText("Draft")).toBeVisible();
  expect(await heard()).toBe("");
  await row.getByRole("button", { name: "Publish" }).click();
  await expect(row.getByText("Published")).toBeVisible();
  expect(await heard()).toContain("The festival is on Saturday.");
  await row.getByRole("button", { name: "Withdraw" }).click();
  await expect(row.getByText("Withdrawn")).toBeVisible();
  expect(await heard()).toBe("");
});

test("a role is made, given, and shows what it allows and nothing else", async ({ browser }) => {
  await olga.goto(`${server.url}/admin/team`);
  await olga.getByRole("button", { name: "New role" }).click();
  const dialog = olga.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Harbour watch");
  await dialog.getByLabel("Decide cases, see posts and media").check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await prove(olga);
  await expect(olga.getByRole("row").filter({ hasText: "Harbour watch" })).toBeVisible();
  const { id } = await boss.call("GET", "/api/v1/accounts/lookup?acct=una");
  await olga.goto(`${server.url}/admin/people/${id}/show`);
  await olga.getByRole("button", { name: "More", exact: true }).click();
  await olga.getByRole("menuitem", { name: "Change role" }).click();
  await olga.getByRole("dialog").getByLabel("Role").click();
  await olga.getByRole("option", { name: "Harbour watch" }).click();
  await olga.getByRole("dialog").getByRole("button", { name: "Change role" }).click();
  await prove(olga);
  await expect(olga.getByText("The role is changed.")).toBeVisible();
  const page = await (await browser.newContext()).newPage();
  await openPanel(page, server, "una");
  await expect(page.getByRole("heading", { name: "Cases" })).toBeVisible();
  const links = await page.getByRole("navigation", { name: "Panel" }).getByRole("link").allInnerTexts();
  expect(links.map((one) => one.trim()).filter((one) => !/SocioSphere|To the community/.test(one))).toEqual(["Cases", "Posts", "Media"]);
  await page.context().close();
});

test("an appeal is heard by somebody else, and what was decided is taken back", async ({ browser }) => {
  const ulf = await staffToken(server, "ulf");
  const rosa = await staffToken(server, "rosa");
  await rosa.call("POST", `/api/sociosphere/v1/admin/accounts/${ulf.id}/decision`, { measures: ["freeze"], message: "Too loud." });
  const [warning] = await ulf.call("GET", "/api/sociosphere/v1/warnings");
  await ulf.call("POST", `/api/sociosphere/v1/warnings/${warning.id}/appeal`, { text: "It was the wind." });
  const hers = await (await browser.newContext()).newPage();
  await openPanel(hers, server, "rosa", "/appeals");
  await olga.goto(`${server.url}/admin/appeals`);
  const row = (page: Page) => page.getByRole("row").filter({ hasText: "It was the wind." });
  await expect(row(olga)).toBeVisible();
  // Whoever decided does not hear it: the server refuses, and the panel says why.
  await row(hers).getByRole("button", { name: "Take it back" }).click();
  await hers.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
  await expect(hers.getByText(/decided by somebody else/i)).toBeVisible();
  expect((await boss.call("GET", `/api/v1/admin/accounts/${ulf.id}`)).disabled).toBe(true);
  await row(olga).getByRole("button", { name: "Take it back" }).click();
  await olga.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
  await expect(olga.getByText("The decision is taken back.")).toBeVisible();
  await expect(row(olga)).toHaveCount(0);
  expect((await boss.call("GET", `/api/v1/admin/accounts/${ulf.id}`)).disabled).toBe(false);
  await hers.context().close();
});
