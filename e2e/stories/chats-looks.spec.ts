// Chats by the keyboard alone, their settings, and every screen of them on a desk and a phone, light and dark.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { box, chatBetween, chatsApi, details, row, said, say, stream } from "../support/chats.ts";
import { picture } from "../support/files.ts";
import { expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(180_000);

const pictures = join(import.meta.dirname, "../test-results/chats");

let server: Server;
let ada: Person;
let bob: Person;
let hers: Page;
let wrong: string[];
let chat: string;
let group: string;

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  ada = await person(server, "ada", "Ada Lovelace");
  bob = await person(server, "bob", "Bob Bobbin");
  const cleo = await person(server, "cleo", "Cleo Kai");
  const dora = await person(server, "dora", "Dora Dock");
  await person(server, "emil", "Emil Ebb");
  for (const one of [bob, cleo]) await ada.call("POST", `/api/v1/accounts/${one.id}/follow`);
  chat = await chatBetween(ada, bob);
  await chatBetween(ada, cleo);
  const to = (text: string, more: object = {}) => ({ text, client_id: text, ...more });
  const asked = await bob.call("POST", `${chatsApi}/${chat}/messages`, to("Good morning. Is the boat still there?"));
  await say(bob, chat, "I could come by on Saturday, if it does not rain");
  await ada.call("POST", `${chatsApi}/${chat}/messages`, to("It is. Come at ten", { reply_to_id: asked.id }));
  const media = await ada.upload(picture("640x400"), "The boat at the quay, under a blue tarpaulin");
  await ada.call("POST", `${chatsApi}/${chat}/messages`, to("The card", { media_ids: [media] }));
  const post = await ada.call("POST", "/api/v1/statuses", { status: "The harbour in the evening, with all its lights" });
  const linked = await bob.call("POST", `${chatsApi}/${chat}/messages`, to(`I saw it here: ${server.url}/@ada/${post.id}`));
  await ada.call("POST", `${chatsApi}/${chat}/messages/${linked.id}/react`, { emoji: "👍" });
  await say(ada, chat, "🎉");
  const { chat: made } = await ada.call("POST", `${chatsApi}/groups`, { name: "Market day", account_ids: [bob.id, cleo.id] });
  group = made.id;
  await bob.call("POST", `${chatsApi}/${group}/accept`).catch(() => undefined);
  await cleo.call("POST", `${chatsApi}/${group}/accept`).catch(() => undefined);
  await say(ada, group, "Who brings what?");
  await say(bob, group, "Two trays of rye");
  await say(cleo, group, "And I the honey, eleven glasses of it");
  const { chat: request } = await dora.call("POST", chatsApi, { account_id: ada.id });
  await say(dora, request.id, "Hello, I am new in the harbour and heard of your boat");
  hers = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  wrong = watch(hers);
  await signIn(hers, server.url, "ada");
});

test.afterAll(async () => {
  await server?.stop();
});

test("the keyboard goes through list and messages, and the sheet of shortcuts tells how", async () => {
  await hers.keyboard.press("g");
  await hers.keyboard.press("c");
  await expect(hers).toHaveURL(/\/chats$/);
  await expect(row(hers, "Market day")).toBeVisible();
  await hers.getByRole("searchbox", { name: "Search your chats" }).focus();
  await hers.keyboard.press("ArrowDown");
  await hers.keyboard.press("ArrowDown");
  await hers.keyboard.press("ArrowUp");
  await expect(hers.locator("[data-chat]").first()).toBeFocused();
  await hers.keyboard.press("End");
  await expect(hers.locator("[data-chat]").last()).toBeFocused();
  await hers.locator(`[data-chat="${chat}"]`).focus();
  await hers.keyboard.press("Enter");
  await expect(box(hers)).toBeFocused();
  await stream(hers).focus();
  await hers.keyboard.press("ArrowUp");
  await hers.keyboard.press("ArrowUp");
  await expect(said(hers, "I saw it here")).toBeFocused();
  await hers.keyboard.press("r");
  await expect(hers.getByText("Reply to")).toBeVisible();
  await expect(box(hers)).toBeFocused();
  await hers.keyboard.press("Escape");
  await expect(hers.getByText("Reply to")).toHaveCount(0);
  await stream(hers).focus();
  await hers.keyboard.press("ArrowUp");
  await hers.keyboard.press("e");
  await expect(box(hers)).toHaveValue("🎉");
  await expect(box(hers)).toBeFocused();
  await hers.keyboard.press("Escape");
  await expect(box(hers)).toHaveValue("");
  await hers.goto(`${server.url}/chats`);
  await hers.getByRole("heading", { name: "Chats" }).click();
  await hers.keyboard.press("?");
  await expect(hers.getByRole("dialog").getByText("Go to chats")).toBeVisible();
  await hers.keyboard.press("Escape");
  await expect(hers.getByRole("dialog")).toHaveCount(0);
});

test("who may message one is a setting, and holds for strangers", async () => {
  await hers.goto(`${server.url}/settings/messages`);
  await hers.getByRole("group", { name: "Who may message me" }).getByRole("button", { name: "People I follow" }).click();
  await expect(hers.getByText("Saved.", { exact: true })).toBeVisible();
  const me = await ada.call("GET", "/api/v1/accounts/verify_credentials");
  expect(me.source.sociosphere.who_may_message).toBe("following");
  const emil = await (await hers.context().browser()?.newContext())?.newPage();
  if (!emil) throw new Error("no browser");
  await signIn(emil, server.url, "emil");
  await emil.goto(`${server.url}/@ada`);
  await emil.getByRole("button", { name: "Message @ada" }).click();
  // The server says why, and nothing is begun.
  await expect(emil.getByRole("region", { name: "Notifications" }).getByText(/\w/).first()).toBeVisible();
  await expect(emil).toHaveURL(/\/@ada$/);
  const { chats: waiting } = await ada.call("GET", `${chatsApi}/requests`);
  expect(waiting).toHaveLength(1);
  await emil.context().close();
});

test("nothing went wrong unseen", () => {
  expect(wrong).toEqual([]);
});

for (const theme of ["light", "dark"] as const) {
  for (const [place, size] of [
    ["desk", { width: 1280, height: 800 }],
    ["phone", { width: 390, height: 844 }],
  ] as const) {
    test(`every screen of chats on a ${place}, ${theme}`, async ({ browser }) => {
      mkdirSync(pictures, { recursive: true });
      const context = await browser.newContext({ colorScheme: theme, viewport: size, reducedMotion: "reduce" });
      const page = await context.newPage();
      await signIn(page, server.url, "ada");
      const about = page.getByRole("button", { name: "About this chat" });
      const screens: [string, string, () => Promise<unknown>][] = [
        ["list", "/chats", () => expect(row(page, "Market day")).toBeVisible()],
        ["conversation", `/chats/${chat}`, async () => {
          await expect(said(page, "🎉")).toBeInViewport();
          await expect(page.getByRole("link", { name: /^Open post/ })).toBeVisible();
        }],
        ["group", `/chats/${group}`, () => expect(said(page, "eleven glasses")).toBeInViewport()],
        ["group-details", `/chats/${group}`, async () => {
          await about.click();
          await expect(details(page).getByText("Cleo Kai")).toBeVisible();
        }],
        ["details", `/chats/${chat}`, async () => {
          await about.click();
          await expect(details(page).getByText("Open profile")).toBeVisible();
        }],
        ["requests", "/chats/requests", () => expect(row(page, "Dora Dock")).toBeVisible()],
        ["request", "/chats/requests", async () => {
          await row(page, "Dora Dock").click();
          await expect(page.getByRole("button", { name: "Accept" })).toBeVisible();
          await expect(said(page, "I am new in the harbour")).toBeVisible();
        }],
        ["new", "/chats", async () => {
          await page.getByRole("button", { name: "New chat" }).first().click();
          await expect(page.getByRole("dialog").getByText("Bob Bobbin")).toBeVisible();
        }],
        ["search", "/chats", async () => {
          await page.getByRole("searchbox", { name: "Search your chats" }).fill("rye");
          await expect(row(page, "Two trays of rye")).toBeVisible();
        }],
        ["settings", "/settings/messages", () => expect(page.getByText("Who may message me")).toBeVisible()],
      ];
      const look = async (name: string) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(wide, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
        await page.screenshot({ path: join(pictures, `${name}-${place}-${theme}.png`) });
        await expectAccessible(page, true);
      };
      for (const [name, path, ready] of screens) {
        await page.goto(server.url + path);
        await ready();
        await look(name);
      }
      await context.clearCookies();
      await page.evaluate(() => localStorage.clear());
      await signIn(page, server.url, "emil");
      await page.goto(`${server.url}/chats`);
      await page.getByRole("link", { name: "Groups", exact: true }).click();
      await expect(page.getByText("No groups yet")).toBeVisible();
      await look("empty");
      await page.getByRole("link", { name: "Requests" }).click();
      await expect(page.getByText("No one is waiting")).toBeVisible();
      await look("empty-requests");
      await context.close();
    });
  }
}
