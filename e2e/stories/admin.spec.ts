// The panel: who may see it, a report from the app to its decision and back, the password before the dangerous, work by
// keyboard, what can be undone. Every page is watched for breaches of the content security policy.
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { PASSWORD, expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, openPanel, report, staffToken } from "../support/staff.ts";

test.describe.configure({ mode: "serial" });

let server: Server;
let ada: Person;
let bob: Person;
let eve: Person;
let staff: Page;
let wrong: string[];

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  ada = await person(server, "ada", "Ada Lovelace");
  bob = await person(server, "bob", "Bob Builder");
  eve = await person(server, "eve", "Eve Nightly");
  makeStaff(server, "rosa", "admin");
  makeStaff(server, "olga", "owner");
  staff = await (await browser.newContext()).newPage();
  wrong = watch(staff);
});

test.afterEach(() => expect(wrong).toEqual([]));

test.afterAll(async () => {
  await server?.stop();
});

const queue = (page: Page) => page.locator(".queue .case");
const decideForm = (page: Page) => page.getByRole("form", { name: "Decide" });
const measure = (page: Page, name: string) => decideForm(page).getByRole("button", { name, exact: true });

test("somebody without a role is told so, gets no data, and loads nothing of the panel", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await signIn(page, server.url, "bob");
  await page.getByRole("button", { name: /Bob Builder/ }).click();
  await expect(page.getByRole("menuitem", { name: "Sign out" })).toBeVisible();
  await expect(page.getByRole("menuitem", { name: "Staff panel" })).toHaveCount(0);
  expect(asked.filter((path) => path.startsWith("/admin"))).toEqual([]);
  await page.goto(`${server.url}/admin/people`);
  await expect(page.getByRole("heading", { name: "This place is for the community's staff" })).toBeVisible();
  await expect(page.getByText("You are signed in as @bob")).toBeVisible();
  await expectAccessible(page);
  expect(asked.filter((path) => path.includes("/v1/admin") || /Panel|Page-/.test(path.split("/admin/")[1] ?? ""))).toEqual([]);
});

test("staff find the way in their menu, and are who they were", async () => {
  await signIn(staff, server.url, "rosa");
  await staff.getByRole("button", { name: /rosa/ }).click();
  await staff.getByRole("menuitem", { name: "Staff panel" }).click();
  await expect(staff.getByRole("navigation", { name: "Panel" })).toBeVisible();
  await expect(staff.getByRole("link", { name: /Cases/ }).first()).toBeVisible();
  // Emotion's rules are there, and none of them as an element that the policy would refuse.
  const styles = await staff.evaluate(() => ({
    elements: document.querySelectorAll("style").length,
    adopted: document.adoptedStyleSheets.reduce((sum, sheet) => sum + sheet.cssRules.length, 0),
  }));
  expect(styles.elements).toBe(0);
  expect(styles.adopted).toBeGreaterThan(20);
  const policy = (await staff.request.get(`${server.url}/admin/cases`)).headers()["content-security-policy"] ?? "";
  expect(policy).toContain("style-src 'self';");
  expect(policy).not.toContain("unsafe");
  const script = await staff.locator("script[type=module]").getAttribute("src");
  expect((await staff.request.get(`${server.url}${script}`)).headers()["cache-control"]).toContain("immutable");
});

test("a report made in the app is decided in the panel, and both sides see what came of it", async ({ browser }) => {
  const post = await ada.call("POST", "/api/v1/statuses", { status: "Buy my watches at the harbour" });
  const his = await (await browser.newContext()).newPage();
  await signIn(his, server.url, "bob");
  await his.goto(`${server.url}/@ada/${post.id}`);
  await his.getByRole("button", { name: "More about this post" }).first().click();
  await his.getByRole("menuitem", { name: "Report this post" }).click();
  const dialog = his.getByRole("dialog");
  await dialog.getByLabel("It is spam").check();
  await dialog.getByLabel(/In your words/).fill("Again and again");
  await dialog.getByRole("button", { name: "Send report" }).click();
  await expect(dialog.getByText("Staff will look at it")).toBeVisible();

  await staff.goto(`${server.url}/admin/cases`);
  await queue(staff).filter({ hasText: "Ada Lovelace" }).getByRole("link").click();
  await expect(staff.getByText("Buy my watches at the harbour").first()).toBeVisible();
  await expect(staff.getByText("Again and again")).toBeVisible();
  await expectAccessible(staff);
  await measure(staff, "Warn").click();
  await measure(staff, "Put behind a warning").click();
  await decideForm(staff).getByLabel("Message to the account").fill("Please sell elsewhere.");
  await decideForm(staff).getByLabel("Message to the reporters").fill("Thank you, we acted.");
  await decideForm(staff).getByRole("button", { name: /^Decide/ }).click();
  await expect(staff.getByText("Decided: Warn, Put behind a warning.")).toBeVisible();
  // Undone before it is done: the case is back, and nobody heard of anything.
  await staff.getByRole("button", { name: "Undo" }).click();
  await expect(queue(staff).filter({ hasText: "Ada Lovelace" })).toHaveCount(1);
  await queue(staff).filter({ hasText: "Ada Lovelace" }).getByRole("link").click();
  await measure(staff, "Warn").click();
  await measure(staff, "Put behind a warning").click();
  await decideForm(staff).getByLabel("Message to the account").fill("Please sell elsewhere.");
  await decideForm(staff).getByLabel("Message to the reporters").fill("Thank you, we acted.");
  await decideForm(staff).getByRole("button", { name: /^Decide/ }).click();
  await expect(queue(staff)).toHaveCount(0);
  // The words fade, and then it is done.
  await expect.poll(async () => (await ada.call("GET", `/api/v1/statuses/${post.id}`)).spoiler_text, { timeout: 20_000 }).not.toBe("");

  server.command("jobs", "settle");
  await his.goto(`${server.url}/notifications`);
  await expect(his.getByText("decided about what you reported").first()).toBeVisible();
  await expect(his.getByText("Thank you, we acted.").first()).toBeVisible();
  const hers = await (await browser.newContext()).newPage();
  await signIn(hers, server.url, "ada");
  await hers.goto(`${server.url}/notifications`);
  await expect(hers.getByText("decided about your account").first()).toBeVisible();
  await expect(hers.getByText("Please sell elsewhere.").first()).toBeVisible();
  await hers.context().close();
  await his.context().close();
});

test("what is dangerous asks for the password once, and goes on by itself", async () => {
  const post = await eve.call("POST", "/api/v1/statuses", { status: "Something quite unlawful" });
  await report(bob, eve, post.id, "This is against the law", "legal");
  await staff.goto(`${server.url}/admin/cases`);
  await queue(staff).filter({ hasText: "Eve Nightly" }).getByRole("link").click();
  await measure(staff, "Delete posts").click();
  await decideForm(staff).getByRole("button", { name: /^Decide/ }).click();
  const asks = staff.getByRole("dialog", { name: "Your password, please" });
  await asks.getByLabel("Password").fill("not the password");
  await asks.getByRole("button", { name: "Go on" }).click();
  await expect(asks.getByRole("alert")).toBeVisible();
  expect((await eve.call("GET", `/api/v1/statuses/${post.id}`)).id).toBe(post.id);
  await expectAccessible(staff);
  await asks.getByLabel("Password").fill(PASSWORD);
  await asks.getByRole("button", { name: "Go on" }).click();
  await expect(staff.getByText("Decided: Delete posts.")).toBeVisible();
  await expect.poll(() => eve.call("GET", `/api/v1/statuses/${post.id}`).then(() => "there", () => "gone")).toBe("gone");
});

test("rather not: nothing is done without the password", async ({ browser }) => {
  const post = await eve.call("POST", "/api/v1/statuses", { status: "Another one for the queue" });
  await report(bob, eve, post.id, "And again");
  const page = await (await browser.newContext()).newPage();
  await openPanel(page, server, "olga", "/cases");
  await queue(page).filter({ hasText: "Eve Nightly" }).getByRole("link").click();
  await measure(page, "Suspend").click();
  await decideForm(page).getByRole("button", { name: /^Decide/ }).click();
  await page.getByRole("dialog", { name: "Your password, please" }).getByRole("button", { name: "Rather not" }).click();
  await expect(page.getByText("Nothing was done")).toBeVisible();
  await expect(queue(page).filter({ hasText: "Eve Nightly" })).toHaveCount(1);
  await page.context().close();
});

test("triage by keyboard alone", async () => {
  await report(eve, ada, null, "Rude in the evening", "other");
  await staff.goto(`${server.url}/admin/cases`);
  await expect(queue(staff)).toHaveCount(2);
  await staff.keyboard.press("j");
  await expect(staff).toHaveURL(/cases\/\d+\/show/);
  const first = staff.url();
  await expect(decideForm(staff)).toBeVisible();
  await staff.keyboard.press("j");
  await expect(staff).not.toHaveURL(first);
  await staff.keyboard.press("k");
  await expect(staff).toHaveURL(first);
  await expect(decideForm(staff)).toBeVisible();
  await staff.keyboard.press("c");
  await expect(staff.getByRole("button", { name: "Let go" })).toBeVisible();
  await staff.keyboard.press("?");
  const sheet = staff.getByRole("dialog", { name: "By keyboard" });
  await expect(sheet).toBeVisible();
  await expectAccessible(staff);
  await staff.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
  await staff.keyboard.press("1");
  await expect(measure(staff, "Dismiss")).toHaveAttribute("aria-pressed", "true");
  await staff.keyboard.press("Control+Enter");
  await expect(staff.getByText("Decided: Dismiss.")).toBeVisible();
  await expect(queue(staff)).toHaveCount(1);
});

test("many cases are decided alike", async () => {
  const boss = await staffToken(server, "olga");
  const open = async () => (await boss.call("GET", "/api/sociosphere/v1/admin/cases?state=open")).items.length;
  for (const [by, about] of [[bob, ada], [ada, bob]] as const) await report(by, about, null, "Noise");
  // What was decided a moment ago is sent when its page is left.
  await staff.goto("about:blank");
  await expect.poll(open).toBe(2);
  await staff.goto(`${server.url}/admin/cases`);
  await expect(queue(staff)).toHaveCount(2);
  for (const box of await queue(staff).getByRole("checkbox").all()) await box.check();
  await staff.locator(".bulk").getByRole("button", { name: "Decide" }).click();
  const dialog = staff.getByRole("dialog", { name: "Decide the picked cases alike" });
  await dialog.getByRole("button", { name: "Dismiss", exact: true }).click();
  await dialog.getByRole("button", { name: "Decide 2 cases" }).click();
  await expect(queue(staff)).toHaveCount(0);
  await expect.poll(open, { timeout: 20_000 }).toBe(0);
});

test("whom the role does not let see a thing does not see it", async ({ browser }) => {
  const boss = await staffToken(server, "olga");
  const role = await boss.call("POST", "/api/sociosphere/v1/admin/roles", { name: "Listener", rank: 5, permissions: ["manage_appeals"] });
  await person(server, "lise", "Lise Listener");
  const { id } = await signedInAs("lise");
  await boss.call("POST", `/api/sociosphere/v1/admin/accounts/${id}/role`, { role: role.id });
  const page = await (await browser.newContext()).newPage();
  const asked: string[] = [];
  page.on("response", (response) => response.url().includes("/v1/admin") && asked.push(`${response.status()} ${new URL(response.url()).pathname}`));
  await openPanel(page, server, "lise");
  await expect(page.getByRole("heading", { name: "Appeals" })).toBeVisible();
  const places = await page.getByRole("navigation", { name: "Panel" }).getByRole("link").allInnerTexts();
  expect(places.map((one) => one.trim()).filter((one) => !/SocioSphere|To the community/.test(one))).toEqual(["Appeals"]);
  for (const path of ["cases", "people", "jobs", "audit", "settings"]) {
    await page.goto(`${server.url}/admin/${path}`);
    await expect(page.getByRole("heading", { name: "Nothing here" })).toBeVisible();
  }
  expect(asked.filter((one) => !one.startsWith("200"))).toEqual([]);
  expect(asked.every((one) => one.endsWith("/admin/appeals"))).toBe(true);
  await page.context().close();
});

const signedInAs = async (handle: string) => (await staffToken(server, "olga")).call("GET", `/api/v1/accounts/lookup?acct=${handle}`);

test("somebody is found, frozen and let write again; notes and sessions are kept by the team", async ({ browser }) => {
  const hers = await (await browser.newContext()).newPage();
  await signIn(hers, server.url, "eve");
  await staff.goto(`${server.url}/admin/people`);
  await staff.getByLabel("Handle, name, words of the bio").fill("eve");
  const rows = staff.getByRole("row").filter({ hasText: "@" });
  await expect(rows).toHaveCount(1);
  await expect(staff).toHaveURL(/filter=/);
  // The address is the question: whoever has it sees the same.
  await staff.reload();
  await expect(rows).toHaveCount(1);
  await staff.getByRole("button", { name: "Saved filters" }).click();
  await staff.getByLabel("Name", { exact: true }).fill("Nightly ones");
  await staff.getByRole("button", { name: "Keep these filters" }).click();
  await staff.goto(`${server.url}/admin/people`);
  await expect.poll(() => rows.count()).toBeGreaterThan(2);
  await staff.getByRole("button", { name: "Saved filters" }).click();
  await staff.getByRole("button", { name: "Nightly ones", exact: true }).click();
  await expect(rows).toHaveCount(1);
  await rows.getByRole("link").click();
  await staff.getByRole("tab", { name: /Notes/ }).click();
  await staff.getByLabel("A note for the team").fill("Wrote to her on Monday.");
  await staff.getByRole("button", { name: "Add", exact: true }).click();
  await expect(staff.getByText("Wrote to her on Monday.").last()).toBeVisible();
  await staff.getByRole("tab", { name: /Sessions/ }).click();
  await staff.getByRole("button", { name: "End all sessions and apps" }).click();
  await staff.getByRole("dialog").getByLabel("Reason, for the audit log").fill("Lost her phone");
  await staff.getByRole("dialog").getByRole("button", { name: "End" }).click();
  await expect(staff.getByText("Not signed in anywhere.")).toBeVisible();
  await hers.reload();
  await expect(hers.getByRole("heading", { name: "Home" })).toHaveCount(0);
  await staff.getByRole("button", { name: "Decide", exact: true }).click();
  const dialog = staff.getByRole("dialog", { name: /Decide about/ });
  await dialog.getByRole("button", { name: "Freeze" }).click();
  await dialog.getByRole("button", { name: /^Decide: / }).click();
  await expect(staff.getByText("Frozen").first()).toBeVisible();
  await staff.getByRole("button", { name: "More", exact: true }).click();
  await staff.getByRole("menuitem", { name: "Let them write again" }).click();
  await expect(staff.getByText("Taken back.")).toBeVisible();
  const boss = await staffToken(server, "olga");
  await expect.poll(async () => (await boss.call("GET", `/api/v1/admin/accounts/${eve.id}`)).disabled, { timeout: 20_000 }).toBe(false);
  await hers.context().close();
});

test("a table of people is a file that computes nothing", async () => {
  await ada.call("PATCH", "/api/v1/accounts/update_credentials", { display_name: "=1+1" });
  server.command("jobs", "settle");
  await staff.goto(`${server.url}/admin/people`);
  await expect(staff.getByRole("row").filter({ hasText: "@ada" })).toBeVisible();
  const download = staff.waitForEvent("download");
  await staff.getByRole("button", { name: "CSV" }).click();
  const file = await (await download).createReadStream();
  let text = "";
  for await (const chunk of file) text += chunk.toString();
  expect(text).toContain("ada");
  expect(text).toContain("'=1+1");
  expect(text).not.toMatch(/(^|,)"?=/m);
  await ada.call("PATCH", "/api/v1/accounts/update_credentials", { display_name: "Ada Lovelace" });
});
