// Who is in, who is out, and what an app may have: sessions over tabs and devices, consent without script, mailed links.
import { type Page, expect, test } from "@playwright/test";
import { person } from "../support/api.ts";
import { PASSWORD, signIn } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });

let server: Server;

test.beforeAll(async () => {
  server = await startServer();
  await person(server, "ada", "Ada Lovelace");
});

test.afterAll(async () => {
  await server?.stop();
});

const home = (page: Page) => expect(page.getByRole("heading", { name: "Home" })).toBeVisible();

test("no token is kept where a script of another page could read it", async ({ page, context }) => {
  await signIn(page, server.url, "ada");
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  expect(kept).not.toMatch(/eyJ|token|session=/i);
  const cookies = await context.cookies();
  expect(cookies.filter((cookie) => !cookie.httpOnly)).toEqual([]);
  await page.reload();
  await home(page);
});

test("a device that is signed out elsewhere is out", async ({ browser }) => {
  const here = await (await browser.newContext()).newPage();
  const there = await (await browser.newContext()).newPage();
  await signIn(here, server.url, "ada");
  await signIn(there, server.url, "ada");
  await here.goto(`${server.url}/settings/devices`);
  const others = here.locator(".setting", { hasText: "used" }).getByRole("button", { name: "Sign out", exact: true });
  await expect(others.first()).toBeVisible();
  const before = await others.count();
  for (let left = before; left > 0; left -= 1) {
    await others.first().click();
    await expect(others).toHaveCount(left - 1);
  }
  await there.reload();
  await expect(there.getByRole("heading", { name: "Home" })).toHaveCount(0);
  await expect(there.getByRole("link", { name: "Sign in" }).or(there.getByLabel("Handle or e-mail")).first()).toBeVisible();
  await here.reload();
  await expect(here.getByRole("button", { name: "Sign out" }).or(here.getByText("This device")).first()).toBeVisible();
});

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("an app is let in, or not, on pages of the server", async ({ page }) => {
    const back = "http://127.0.0.1:9/callback";
    const app = await fetch(`${server.url}/api/v1/apps`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ client_name: "Tide Table", redirect_uris: back, scopes: "read write" }),
    }).then((answer) => answer.json());
    const query = new URLSearchParams({ response_type: "code", client_id: app.client_id, redirect_uri: back, scope: "read write", state: "s1" });
    const returned: string[] = [];
    await page.route(`${back}**`, (route) => {
      returned.push(route.request().url());
      return route.fulfill({ body: "back in the app" });
    });
    await page.goto(`${server.url}/oauth/authorize?${query}`);
    await page.locator("#user_email").fill("ada");
    await page.locator("#user_password").fill("not the password");
    await page.getByRole("button").first().click();
    await expect(page.getByRole("alert")).toBeVisible();
    await page.locator("#user_email").fill("ada");
    await page.locator("#user_password").fill(PASSWORD);
    await page.getByRole("button").first().click();
    await expect(page.getByText("Tide Table").first()).toBeVisible();
    await page.getByRole("button", { name: "Do not allow" }).click();
    await expect(page.getByText("back in the app")).toBeVisible();
    expect(new URL(returned[0] ?? "").searchParams.get("error")).toBe("access_denied");
    await page.goto(`${server.url}/oauth/authorize?${query}`);
    await page.getByRole("button", { name: "Allow", exact: true }).click();
    await expect(page.getByText("back in the app")).toBeVisible();
    const last = new URL(returned.at(-1) ?? "");
    expect(last.searchParams.get("state")).toBe("s1");
    const token = await fetch(`${server.url}/oauth/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ grant_type: "authorization_code", client_id: app.client_id, client_secret: app.client_secret, redirect_uri: back, code: last.searchParams.get("code") }),
    }).then((answer) => answer.json());
    expect(token.scope).toBe("read write");
  });
});

test("a forgotten password is replaced by the link in the mail, and the old one opens nothing", async ({ page }) => {
  await page.goto(`${server.url}/forgot`);
  await page.getByRole("textbox").first().fill("ada@example.org");
  await page.getByRole("button", { name: /send/i }).first().click();
  let link: string | undefined;
  await expect
    .poll(() => {
      server.command("jobs", "settle");
      link = server.mails().map((mail) => /http\S+\/auth\/reset\?token=[\w=.-]+/.exec(mail.replace(/=\r?\n/g, "").replace(/=3D/g, "="))?.[0]).find(Boolean);
      return link;
    })
    .toBeTruthy();
  await page.goto(link ?? "");
  const fresh = "another harbour at dawn";
  await page.locator("input[type=password]").first().fill(fresh);
  await page.getByRole("button").first().click();
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel("Handle or e-mail").fill("ada");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill(fresh);
  await page.getByRole("button", { name: "Sign in" }).click();
  await home(page);
});

test("the main job by keyboard alone", async ({ page }) => {
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel("Handle or e-mail").focus();
  await page.keyboard.type("ada");
  await page.keyboard.press("Tab");
  await page.keyboard.type("another harbour at dawn");
  await page.keyboard.press("Enter");
  await home(page);
  await page.keyboard.press("n");
  const box = page.getByRole("dialog").getByRole("textbox").first();
  await expect(box).toBeFocused();
  await page.keyboard.type("Written without a mouse");
  await page.keyboard.press("Control+Enter");
  const post = page.getByRole("article").filter({ hasText: "Written without a mouse" });
  await expect(post).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("j");
  await page.keyboard.press("l");
  await expect(post.getByRole("button", { name: /^Like, 1/ })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
