// What can be undone in the panel is shown as done and sent when its words fade: also when the page is loaded anew or closed before.
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, openPanel, report, staffToken } from "../support/staff.ts";

test.describe.configure({ mode: "serial" });

let server: Server;
let boss: Person;
let ada: Person;
let bob: Person;
let staff: Page;
let wrong: string[];
let questions: string[];

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  makeStaff(server, "olga", "owner");
  boss = await staffToken(server, "olga");
  ada = await person(server, "ada", "Ada Lovelace");
  bob = await person(server, "bob", "Bob Builder");
  staff = await (await browser.newContext()).newPage();
  wrong = watch(staff);
  questions = [];
  staff.on("dialog", (dialog) => {
    questions.push(dialog.type());
    void dialog.accept();
  });
  await openPanel(staff, server, "olga", "/cases");
});

test.afterEach(() => {
  expect(wrong).toEqual([]);
  // Nobody is asked whether to leave: there is nothing to lose.
  expect(questions).toEqual([]);
});

test.afterAll(async () => {
  await server?.stop();
});

const queue = (page: Page) => page.locator(".queue .case");
const cases = async (state: string): Promise<{ id: string }[]> => (await boss.call("GET", `/api/sociosphere/v1/admin/cases?state=${state}`)).items;
const decisions = async (of: Person): Promise<number> => (await boss.call("GET", `/api/sociosphere/v1/admin/people/${of.id}`)).decisions;

async function warns(page: Page, whom: string) {
  await queue(page).filter({ hasText: whom }).getByRole("link").click();
  const form = page.getByRole("form", { name: "Decide" });
  await form.getByRole("button", { name: "Warn", exact: true }).click();
  await form.getByRole("button", { name: /^Decide/ }).click();
  await expect(page.getByText("Decided: Warn.")).toBeVisible();
}

test("a page that is loaded anew sends what could still be undone, once", async () => {
  await report(bob, ada, null, "Noise at night");
  await staff.goto(`${server.url}/admin/cases`);
  await warns(staff, "Ada Lovelace");
  // Nothing was sent yet: that it is decided now is the page's doing.
  expect(await cases("open")).toHaveLength(1);
  await staff.reload();
  await expect.poll(async () => (await cases("open")).length).toBe(0);
  await expect(queue(staff)).toHaveCount(0);
  expect(await cases("closed")).toHaveLength(1);
  expect(await decisions(ada)).toBe(1);
});

test("what was undone is not sent by leaving", async () => {
  await report(bob, ada, null, "Noise again");
  await staff.goto(`${server.url}/admin/cases`);
  await warns(staff, "Ada Lovelace");
  await staff.getByRole("button", { name: "Undo" }).click();
  await expect(queue(staff).filter({ hasText: "Ada Lovelace" })).toHaveCount(1);
  await staff.reload();
  await expect(queue(staff).filter({ hasText: "Ada Lovelace" })).toHaveCount(1);
  expect(await decisions(ada)).toBe(1);
});

test("a page that is closed sends it, too, and that of many at once", async () => {
  await report(ada, bob, null, "Louder still");
  const page = await staff.context().newPage();
  page.on("dialog", (dialog) => questions.push(dialog.type()));
  await page.goto(`${server.url}/admin/cases`);
  await expect(queue(page)).toHaveCount(2);
  for (const box of await queue(page).getByRole("checkbox").all()) await box.check();
  await page.locator(".bulk").getByRole("button", { name: "Decide" }).click();
  const dialog = page.getByRole("dialog", { name: "Decide the picked cases alike" });
  await dialog.getByRole("button", { name: "Warn", exact: true }).click();
  await dialog.getByRole("button", { name: "Decide 2 cases" }).click();
  await expect(page.getByText("Decided: Warn.")).toBeVisible();
  expect(await cases("open")).toHaveLength(2);
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
  await expect.poll(async () => (await cases("open")).length).toBe(0);
  expect(await decisions(ada)).toBe(2);
  expect(await decisions(bob)).toBe(1);
});
