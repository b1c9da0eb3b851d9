// What people in chats see of each other: who is here, who writes, how far a message came, and what a setting hides of
// it; and what becomes of strangers who ask.
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { box, chatBetween, chatsApi, openChat, row, said, say, write } from "../support/chats.ts";
import { expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(120_000);

let server: Server;
let ada: Person;
let bob: Person;
let hers: Page;
let his: Page;
let wrong: string[][];
let chat: string;
/** What the server told her browser by the live connection. */
const told: string[] = [];

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  ada = await person(server, "ada", "Ada Lovelace");
  bob = await person(server, "bob", "Bob Bobbin");
  chat = await chatBetween(ada, bob);
  hers = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  hers.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => told.push(payload.toString())));
  his = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  wrong = [watch(hers), watch(his)];
  await signIn(hers, server.url, "ada");
  await signIn(his, server.url, "bob");
});

test.afterAll(async () => {
  await server?.stop();
});

const under = (page: Page) => page.locator(".conv-title p");
const dot = (page: Page, name: string) => row(page, name).locator(".av .online");

/** Changes one of a person's settings, as they do it. */
async function set(page: Page, how: (page: Page) => Promise<unknown>) {
  await page.goto(`${server.url}/settings/messages`);
  await how(page);
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
}

test("who is here has a dot, and who left says since when", async () => {
  await openChat(hers, server, chat);
  await openChat(his, server, chat);
  await expect(under(hers)).toHaveText("Here now");
  await expect(dot(hers, "Bob Bobbin")).toBeVisible();
  await expect(under(his)).toHaveText("Here now");
  await his.goto("about:blank");
  await expect(under(hers)).toHaveText("Here a moment ago");
  await expect(dot(hers, "Bob Bobbin")).toHaveCount(0);
  await openChat(his, server, chat);
  await expect(under(hers)).toHaveText("Here now");
});

test("who hides that they are here is not seen, and does not see others", async () => {
  const presence = () => his.getByRole("group", { name: "Who sees when I am here" });
  await set(his, () => presence().getByRole("button", { name: "Nobody" }).click());
  await expect(under(hers)).toHaveText("@bob");
  await expect(dot(hers, "Bob Bobbin")).toHaveCount(0);
  await openChat(his, server, chat);
  await expect(under(his)).toHaveText("@ada");
  await hers.reload();
  await expect(under(hers)).toHaveText("@bob");
  await hers.goto(`${server.url}/@bob`);
  await expect(hers.getByRole("heading", { name: "Bob Bobbin" }).first()).toBeVisible();
  const known = await ada.call("GET", `/api/sociosphere/v1/presence?id[]=${bob.id}`);
  expect(JSON.stringify(known)).not.toContain("online");
  await set(his, () => presence().getByRole("button", { name: "Everyone" }).click());
  await openChat(his, server, chat);
  await openChat(hers, server, chat);
  await expect(under(hers)).toHaveText("Here now");
  await expect(under(his)).toHaveText("Here now");
});

test("that somebody writes is said while they do, in the chat and in the list", async () => {
  await box(his).pressSequentially("I am thi");
  const line = hers.getByRole("status").filter({ hasText: /Bob Bobbin.* is writing/ });
  await expect(line).toBeVisible();
  await expect(row(hers, "Bob Bobbin").getByText(/Bob Bobbin.* is writing/)).toBeVisible();
  await expectAccessible(hers);
  await box(his).fill("");
  await expect(line).toHaveCount(0);
  await box(his).pressSequentially("At ten");
  await expect(line).toBeVisible();
  await box(his).press("Enter");
  await expect(said(hers, "At ten")).toBeVisible();
  await expect(line).toHaveCount(0);
});

test("who does not say that they write is not told of others either", async () => {
  await set(hers, () => hers.getByRole("switch", { name: "Say when I am writing" }).click());
  await openChat(hers, server, chat);
  await expect(under(hers)).toHaveText("Here now");
  const before = told.length;
  await box(his).pressSequentially("Not a word of this");
  await box(his).press("Enter");
  await expect(said(hers, "Not a word of this")).toBeVisible();
  // What the server tells comes in its order: of the writing it would have told before.
  const since = told.slice(before);
  expect(since.some((one) => one.includes("Not a word of this"))).toBe(true);
  expect(since.filter((one) => one.includes("chat.typing"))).toEqual([]);
  await set(hers, () => hers.getByRole("switch", { name: "Say when I am writing" }).click());
});

test("a message says how far it came: sent, delivered, read", async () => {
  await his.goto("about:blank");
  await openChat(hers, server, chat);
  await expect(under(hers)).toHaveText("Here a moment ago");
  await write(hers, "Are you there?");
  await expect(said(hers, "Are you there?").getByText("Sent", { exact: true })).toBeVisible();
  await his.goto(`${server.url}/chats`);
  await expect(row(his, "Ada Lovelace").getByText("1 new message")).toBeAttached();
  await write(hers, "I see your light");
  await expect(said(hers, "I see your light").getByText("Delivered", { exact: true })).toBeVisible();
  await expect(said(hers, "I see your light").getByTitle(/^Read by/)).toHaveCount(0);
  await row(his, "Ada Lovelace").click();
  await expect(said(his, "I see your light")).toBeVisible();
  await expect(said(hers, "I see your light").getByTitle(/^Read by .*Bob Bobbin/)).toBeVisible();
  await expect(said(hers, "I see your light").getByText("Delivered")).toHaveCount(0);
  await expectAccessible(hers);
});

test("who does not say that they have read does not see when others have", async () => {
  await set(his, () => his.getByRole("switch", { name: "Say when I have read" }).click());
  await openChat(his, server, chat);
  await write(hers, "And now?");
  await expect(said(his, "And now?")).toBeVisible();
  await write(his, "Still here");
  await expect(said(hers, "Still here")).toBeVisible();
  await expect.poll(async () => (await bob.call("GET", `${chatsApi}/${chat}`)).chat.unread_count).toBe(0);
  for (const page of [hers, his]) {
    await page.reload();
    await expect(said(page, "Still here")).toBeVisible();
    await expect(page.getByTitle(/^Read by/)).toHaveCount(0);
  }
  await expect(said(hers, "And now?").getByText("Sent", { exact: true })).toBeVisible();
  await expect(said(his, "Still here").getByText("Sent", { exact: true })).toBeVisible();
  expect((await ada.call("GET", `${chatsApi}/${chat}/receipts`)).receipts).toEqual([]);
  await set(his, () => his.getByRole("switch", { name: "Say when I have read" }).click());
  await openChat(hers, server, chat);
  await openChat(his, server, chat);
  await write(hers, "I see you again");
  await expect(said(hers, "I see you again").getByTitle(/^Read by .*Bob Bobbin/)).toBeVisible();
});

test("a request is put away unseen, another one ends in a block", async () => {
  const cleo = await person(server, "cleo", "Cleo Kai");
  const dora = await person(server, "dora", "Dora Dock");
  const ask = async (by: Person, words: string) => {
    const { chat: asked } = await by.call("POST", chatsApi, { account_id: ada.id });
    await say(by, asked.id, words);
    return asked.id as string;
  };
  const hello = await ask(cleo, "Hello, I am new here");
  const rude = await ask(dora, "Give me your boat");
  await hers.goto(`${server.url}/chats`);
  await expect(hers.getByRole("link", { name: "Requests, 2 waiting" })).toBeVisible();
  await expect(row(hers, "Cleo Kai")).toHaveCount(0);
  await hers.getByRole("link", { name: "Requests, 2 waiting" }).click();
  await row(hers, "Cleo Kai").click();
  await expect(said(hers, "Hello, I am new here")).toBeVisible();
  await expect(box(hers)).toHaveCount(0);
  await expectAccessible(hers);
  await hers.getByRole("button", { name: "Ignore" }).click();
  await expect(hers).toHaveURL(/\/chats\/requests$/);
  await expect(hers.getByRole("link", { name: "Requests, 1 waiting" })).toBeVisible();
  await expect(row(hers, "Cleo Kai")).toHaveCount(0);
  // She learns nothing of it: her chat is as it was.
  const { chat: seen } = await cleo.call("GET", `${chatsApi}/${hello}`);
  expect(seen.role).toBe("member");
  expect((await cleo.call("GET", `${chatsApi}/${hello}/receipts`)).receipts).toEqual([]);

  await row(hers, "Dora Dock").click();
  await hers.getByRole("button", { name: "Block" }).click();
  await expect(hers.getByText("No one is waiting")).toBeVisible();
  await expect(dora.call("GET", `${chatsApi}/${rude}/messages`)).rejects.toThrow(/ 40[34] /);
  await expect(say(dora, rude, "Once more")).rejects.toThrow(/ 4\d\d /);
  const [relation] = await ada.call("GET", `/api/v1/accounts/relationships?id[]=${dora.id}`);
  expect(relation.blocking).toBe(true);
});

test("nothing went wrong unseen", () => {
  expect(wrong.flat()).toEqual([]);
});
