// Two people who talk, one on a desk and one on a phone: a request, both directions, what waits without a network, a long
// history, and search.
import { type BrowserContext, type Locator, type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { arrived, box, chatsApi, openChat, row, said, say, stream, write } from "../support/chats.ts";
import { expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(180_000);

let server: Server;
let ada: Person;
let bob: Person;
let hers: Page;
let his: Page;
let away: BrowserContext;
let wrong: string[][];
let chat: string;

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  ada = await person(server, "ada", "Ada Lovelace");
  bob = await person(server, "bob", "Bob Bobbin");
  away = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  hers = await away.newPage();
  his = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  wrong = [watch(hers), watch(his)];
  await signIn(hers, server.url, "ada");
  await signIn(his, server.url, "bob");
});

test.afterAll(async () => {
  await server?.stop();
});

test("a stranger's first message waits as a request, and is accepted", async () => {
  await his.goto(`${server.url}/@ada`);
  await his.getByRole("button", { name: "Message @ada" }).click();
  await expect(his.getByText("This is the beginning of your chat with")).toBeVisible();
  await write(his, "Hello Ada, is the boat for sale?");
  await expect(said(his, "is the boat for sale?").getByText(arrived)).toBeVisible();
  await hers.goto(`${server.url}/chats`);
  await hers.getByRole("link", { name: /^Requests/ }).click();
  await row(hers, "Bob Bobbin").click();
  await expect(said(hers, "is the boat for sale?")).toBeVisible();
  await expect(hers.getByRole("heading", { name: /Bob Bobbin.* would like to write to you/ })).toBeVisible();
  await expectAccessible(hers);
  await hers.getByRole("button", { name: "Accept" }).click();
  await expect(box(hers)).toBeVisible();
  chat = /\/chats\/([^/?]+)/.exec(hers.url())?.[1] ?? "";
});

test("both write, and each sees what the other says, in one order", async () => {
  await write(hers, "It is. Come and see it.");
  await expect(said(his, "Come and see it.")).toBeVisible();
  await write(his, "On Saturday?");
  await expect(said(hers, "On Saturday?")).toBeVisible();
  for (const page of [hers, his])
    await expect(stream(page).locator(".bubble-text")).toHaveText([
      "Hello Ada, is the boat for sale?",
      "It is. Come and see it.",
      "On Saturday?",
    ]);
});

test("Shift and Enter break a line; what was said is edited, answered, reacted to and deleted", async () => {
  await box(hers).fill("One line");
  await box(hers).press("Shift+Enter");
  await box(hers).pressSequentially("and another");
  await box(hers).press("Enter");
  await expect(said(hers, "and another")).toHaveCount(1);
  await expect(box(hers)).toHaveValue("");
  await expect(said(hers, "and another").getByText(arrived)).toBeVisible();
  await box(hers).press("ArrowUp");
  await expect(box(hers)).toHaveValue("One line\nand another");
  await box(hers).press("Escape");
  await expect(box(hers)).toHaveValue("");
  await box(hers).press("ArrowUp");
  await box(hers).fill("One line alone");
  await box(hers).press("Enter");
  await expect(said(hers, "One line alone").getByText("edited")).toBeVisible();
  await expect(said(his, "One line alone")).toBeVisible();
  await said(hers, "On Saturday?").hover();
  await said(hers, "On Saturday?").getByRole("button", { name: "Reply" }).click();
  await expect(hers.getByText("Reply to")).toBeVisible();
  await write(hers, "At ten");
  await expect(said(his, "At ten").getByRole("button", { name: /On Saturday\?/ })).toBeVisible();
  await said(hers, "On Saturday?").first().hover();
  await said(hers, "On Saturday?").first().getByRole("button", { name: "React" }).click();
  await hers.getByRole("button", { name: "👍", exact: true }).click();
  await expect(said(his, "On Saturday?").first().getByRole("button", { name: /👍 1 person/ })).toBeVisible();
  await said(hers, "One line alone").hover();
  await said(hers, "One line alone").getByRole("button", { name: "More about this message" }).click();
  await hers.getByRole("menuitem", { name: "Delete for everybody" }).click();
  await hers.getByRole("dialog").getByRole("button", { name: "Delete for everybody" }).click();
  await expect(said(his, "This message was deleted")).toBeVisible();
  await expect(said(his, "One line alone")).toHaveCount(0);
});

test("what is written without a network waits, survives a reload, and goes out once and in order", async () => {
  await away.setOffline(true);
  await write(hers, "Written at sea");
  await write(hers, "And this too");
  await expect(said(hers, "Written at sea").getByText("Waits for the connection")).toBeVisible();
  await away.setOffline(false);
  // The first answer is lost on its way: the message is at the server, and is sent again.
  await expect(said(his, "And this too")).toBeVisible({ timeout: 60_000 });
  await hers.reload();
  await expect(said(hers, "And this too").getByText(arrived)).toBeVisible();
  const { messages } = await ada.call("GET", `${chatsApi}/${chat}/messages`);
  const texts = messages.map((one: { text: string }) => one.text).filter(Boolean);
  expect(texts.slice(-2)).toEqual(["Written at sea", "And this too"]);
  expect(texts.filter((one: string) => one === "Written at sea")).toHaveLength(1);
});

test("a draft waits in its chat", async () => {
  await box(hers).fill("Not quite fin");
  await hers.goto(`${server.url}/chats`);
  await expect(row(hers, "Bob Bobbin")).toContainText("Draft: Not quite fin");
  await row(hers, "Bob Bobbin").click();
  await expect(box(hers)).toHaveValue("Not quite fin");
  await box(hers).fill("");
});

test("a chat opens at what is new, keeps its place as history loads above, and goes to the newest", async () => {
  await hers.goto(`${server.url}/chats`);
  await his.goto(`${server.url}/chats`);
  for (let index = 1; index <= 70; index += 1) await say(index % 2 ? bob : ada, chat, `Line ${index} of the log`);
  await say(ada, chat, "This much I know");
  // With a full stop: the time of day stands behind the words, and "News 2" at nine would be another "News 20".
  for (let index = 1; index <= 20; index += 1) await say(bob, chat, `News ${index}.`);
  await hers.goto(`${server.url}/chats`);
  await expect(row(hers, "Bob Bobbin").getByText("20 new messages")).toBeAttached();
  // Older pages wait at the door from the start: one is asked for as soon as the list has found its place.
  const older = (url: URL) => url.pathname.endsWith("/messages") && url.searchParams.has("before");
  let comes = () => {};
  const looked = new Promise<void>((resolve) => {
    comes = resolve;
  });
  await hers.route(older, async (route) => {
    await looked;
    await route.continue();
  });
  await row(hers, "Bob Bobbin").click();
  const line = hers.getByRole("heading", { name: "New", exact: true });
  await expect(line).toBeInViewport();
  await expect(said(hers, "News 1.")).toBeInViewport();
  // What one looks at stays where it is while a page comes above it.
  const atTop = hers.locator("[data-row]").first();
  await expect(async () => {
    await stream(hers).evaluate((place) => place.scrollTo({ top: 0 }));
    await expect(atTop).toBeInViewport({ timeout: 500 });
  }).toPass();
  const topOf = (row: Locator) => row.evaluate((one) => one.getBoundingClientRect().top);
  const held = hers.locator(`[data-row="${await atTop.getAttribute("data-row")}"]`);
  const before = await topOf(held);
  comes();
  await expect.poll(() => stream(hers).evaluate((place) => place.scrollTop)).toBeGreaterThan(500);
  await expect.poll(async () => Math.abs((await topOf(held)) - before)).toBeLessThanOrEqual(4);
  await hers.unroute(older);
  // And up to the beginning.
  const first = said(hers, "is the boat for sale?");
  await expect(async () => {
    await stream(hers).evaluate((place) => place.scrollTo({ top: 0 }));
    await expect(first).toBeInViewport({ timeout: 500 });
  }).toPass();
  await hers.getByRole("button", { name: /^Go to the newest/ }).click();
  await expect(said(hers, "News 20.")).toBeInViewport();
  await expect(hers.getByRole("button", { name: /^Go to the newest/ })).toHaveCount(0);
  await expect(row(hers, "Bob Bobbin").getByText("new messages")).toHaveCount(0);
});

test("a link to a message in the middle of history shows it, and both ends are reached from there", async () => {
  await hers.goto(`${server.url}/chats/${chat}?at=60`);
  const { messages } = await ada.call("GET", `${chatsApi}/${chat}/messages?around=60&limit=2`);
  const words = /Line \d+ of the log/.exec(messages.find((one: { number: number }) => one.number === 60)?.content)?.[0] ?? "";
  expect(words).not.toBe("");
  await expect(said(hers, words)).toBeInViewport();
  await expect(async () => {
    await stream(hers).evaluate((place) => place.scrollTo({ top: place.scrollHeight }));
    await expect(said(hers, "News 20.")).toBeInViewport({ timeout: 500 });
  }).toPass();
});

test("search finds words in one's own chats, and leads to where they were said", async () => {
  const cleo = await person(server, "cleo", "Cleo Kai");
  const dora = await person(server, "dora", "Dora Dock");
  const { chat: others } = await cleo.call("POST", chatsApi, { account_id: dora.id });
  await say(cleo, others.id, "The boat of others is no concern of hers");
  server.command("jobs", "settle");
  await hers.goto(`${server.url}/chats`);
  const search = hers.getByRole("searchbox", { name: "Search your chats" });
  await search.fill("boat");
  const found = row(hers, "is the boat for sale?");
  await expect(found).toBeVisible();
  await expect(row(hers, "no concern of hers")).toHaveCount(0);
  await expectAccessible(hers);
  await found.click();
  await expect(said(hers, "is the boat for sale?")).toBeInViewport();
  await search.fill("Bobbin");
  await expect(row(hers, "Bob Bobbin").first()).toBeVisible();
  await search.fill("zeppelin");
  await expect(hers.getByText("Nothing found")).toBeVisible();
  await hers.getByRole("button", { name: "Clear" }).click();
  await expect(row(hers, "Bob Bobbin")).toBeVisible();
  // Within the chat, and what was deleted is found by nobody.
  await openChat(his, server, chat);
  await his.getByRole("button", { name: "Search this chat" }).click();
  const sheet = his.getByRole("dialog", { name: "Search this chat" });
  await sheet.getByRole("searchbox").fill("alone");
  await expect(sheet.getByText("Nothing found")).toBeVisible();
  await sheet.getByRole("searchbox").fill("Saturday");
  await sheet.locator("[data-chat]").filter({ hasText: "On Saturday?" }).first().click();
  await expect(sheet).toHaveCount(0);
  await expect(said(his, "On Saturday?").first()).toBeInViewport();
});

test("nothing went wrong unseen", () => {
  expect(wrong.flat()).toEqual([]);
});
