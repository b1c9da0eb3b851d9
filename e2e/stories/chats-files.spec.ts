// What goes along with words in a chat: pictures by paste and drop, a file that still uploads, a sound, a link to a post,
// and what of it staff see when somebody reports it.
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { arrived, box, chatBetween, choose, openChat, said, say, stream, write } from "../support/chats.ts";
import { give, picture, square, tone } from "../support/files.ts";
import { expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, openPanel } from "../support/staff.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(120_000);

let server: Server;
let ada: Person;
let bob: Person;
let hers: Page;
let his: Page;
let wrong: string[][];
let chat: string;

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  ada = await person(server, "ada", "Ada Lovelace");
  bob = await person(server, "bob", "Bob Bobbin");
  chat = await chatBetween(ada, bob);
  hers = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  his = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  wrong = [watch(hers), watch(his)];
  await signIn(hers, server.url, "ada");
  await signIn(his, server.url, "bob");
  await openChat(hers, server, chat);
  await openChat(his, server, chat);
});

test.afterAll(async () => {
  await server?.stop();
});

test("a picture is pasted and described, and the other sees and opens it", async () => {
  await give(box(hers), "paste", [{ name: "card.png", type: "image/png", bytes: picture() }]);
  await hers.getByRole("button", { name: "Describe" }).click();
  const about = hers.getByRole("dialog");
  await about.getByRole("textbox").fill("A card of many colours");
  await about.getByRole("button", { name: "Save" }).click();
  await write(hers, "The card");
  await expect(said(hers, "The card").getByText(arrived)).toBeVisible();
  await expect(hers.getByRole("button", { name: "Remove attachment" })).toHaveCount(0);
  const shown = said(his, "The card").getByRole("button", { name: "Open picture: A card of many colours" });
  await expect.poll(() => shown.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await shown.click();
  await expect(his.getByRole("dialog", { name: "Picture" })).toBeVisible();
  await his.keyboard.press("Escape");
  await expect(his.getByRole("dialog", { name: "Picture" })).toHaveCount(0);
});

test("what is sent while a file still uploads goes out once the file is there, and whole", async () => {
  let letGo = () => {};
  const held = new Promise<void>((done) => {
    letGo = done;
  });
  await hers.route("**/api/v2/media", async (route) => {
    await held;
    await route.continue();
  });
  await give(hers.getByRole("region", { name: /^Message / }), "drop", [{ name: "two.png", type: "image/png", bytes: square() }]);
  await write(hers, "With the second one");
  await expect(hers.getByText("Goes out as soon as everything is uploaded.")).toBeVisible();
  await expect(said(hers, "With the second one")).toHaveCount(0);
  await expectAccessible(hers);
  letGo();
  await expect(said(his, "With the second one").getByRole("button", { name: /^Open picture/ })).toBeVisible();
  await expect(said(hers, "With the second one")).toHaveCount(1);
  await expect(box(hers)).toHaveValue("");
  await hers.unroute("**/api/v2/media");
});

test("a picture that was not sent waits while one looks into other chats", async () => {
  await give(box(hers), "paste", [{ name: "later.png", type: "image/png", bytes: picture() }]);
  await expect(hers.getByRole("button", { name: "Describe" })).toBeVisible();
  await hers.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Bookmarks" }).click();
  await hers.goBack();
  await expect(hers.getByRole("button", { name: "Remove attachment" })).toHaveCount(1);
  await write(hers, "It was not lost");
  await expect(said(his, "It was not lost").getByRole("button", { name: /^Open picture/ })).toBeVisible();
  await expect(hers.getByRole("button", { name: "Remove attachment" })).toHaveCount(0);
});

test("a file that did not arrive is not left behind unsaid", async () => {
  await hers.route("**/api/v2/media", (route) => route.abort());
  await give(box(hers), "paste", [{ name: "lost.png", type: "image/png", bytes: square() }]);
  await write(hers, "Look at this one");
  await expect(hers.getByText("Something you added did not arrive.")).toBeVisible();
  await expect(box(hers)).toHaveValue("Look at this one");
  await hers.unroute("**/api/v2/media");
  await hers.getByRole("button", { name: "Remove attachment" }).click();
  await box(hers).press("Enter");
  await expect(said(his, "Look at this one")).toBeVisible();
});

test("a sound is sent and played where it came, from where one wants", async () => {
  const chooser = hers.waitForEvent("filechooser");
  await hers.getByRole("button", { name: "Add pictures, a video or a sound" }).click();
  await (await chooser).setFiles({ name: "horn.mp3", mimeType: "audio/mpeg", buffer: tone() });
  await write(hers, "The horn");
  await expect(said(hers, "The horn").getByText(arrived)).toBeVisible({ timeout: 60_000 });
  const horn = said(his, "The horn");
  await expect(horn.getByText("0:03")).toBeVisible();
  await expectAccessible(his);
  const sound = horn.locator("audio");
  await horn.getByRole("slider", { name: "Position" }).fill("1");
  await expect(horn.getByText("0:01")).toBeVisible();
  await horn.getByRole("button", { name: /^Play/ }).click();
  await expect(horn.getByRole("button", { name: /^Pause/ })).toBeVisible();
  await expect.poll(() => sound.evaluate((one: HTMLAudioElement) => one.currentTime)).toBeGreaterThan(1);
  // It plays to its end, and stands at its beginning again.
  await expect(horn.getByRole("button", { name: /^Play/ })).toBeVisible();
  await expect(horn.getByText("0:03")).toBeVisible();
});

test("a link to a post shows the post to who may see it, and nothing of it to who may not", async () => {
  await bob.call("POST", `/api/v1/accounts/${ada.id}/unfollow`);
  const open = await ada.call("POST", "/api/v1/statuses", { status: "The market opens at nine" });
  const closed = await ada.call("POST", "/api/v1/statuses", { status: "My key lies under the pot", visibility: "private" });
  await write(hers, `Read this: ${server.url}/@ada/${open.id}`);
  await expect(said(his, "Read this").getByRole("link", { name: "Open post: Ada Lovelace" })).toContainText("The market opens at nine");
  await expectAccessible(his);
  await write(hers, `And this: ${server.url}/@ada/${closed.id}`);
  await expect(said(hers, "And this").getByRole("link", { name: /^Open post/ })).toContainText("My key lies under the pot");
  await expect(said(his, "And this")).toBeVisible();
  await expect(his.getByText("My key lies")).toHaveCount(0);
  await his.reload();
  await expect(said(his, "And this")).toBeVisible();
  await expect(said(his, "And this").getByRole("link", { name: /^Open post/ })).toHaveCount(0);
  await expect(his.getByText("My key lies")).toHaveCount(0);
  await said(his, "Read this").getByRole("link", { name: "Open post: Ada Lovelace" }).click();
  await expect(his).toHaveURL(new RegExp(`/@ada/${open.id}$`));
  await openChat(his, server, chat);
});

test("who reports picks messages, and the case shows these and no others", async ({ browser }) => {
  await say(ada, chat, "Buy my boat now");
  await say(ada, chat, "You will regret it otherwise");
  await say(ada, chat, "My mother says hello");
  const threat = said(his, "You will regret it otherwise");
  await expect(said(his, "My mother says hello")).toBeVisible();
  await choose(his, threat, "Report this message");
  const sheet = his.getByRole("dialog", { name: "Report @ada" });
  await expect(sheet.getByRole("checkbox", { name: /You will regret it otherwise/ })).toBeChecked();
  await sheet.getByRole("checkbox", { name: /Buy my boat now/ }).check();
  await expect(sheet.getByRole("checkbox", { checked: true })).toHaveCount(2);
  await sheet.getByRole("radio", { name: "Something else" }).check();
  await sheet.getByRole("textbox").fill("She presses me");
  await expectAccessible(his);
  await sheet.getByRole("button", { name: "Send report" }).click();
  await expect(sheet.getByRole("status")).toBeVisible();
  await sheet.getByRole("button", { name: "Close" }).last().click();

  makeStaff(server, "olga", "moderator");
  server.command("jobs", "settle");
  const staff = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  await openPanel(staff, server, "olga", "/cases");
  await staff.locator(".queue .case").filter({ hasText: "Ada Lovelace" }).getByRole("link").click();
  const picked = staff.locator(".evidence .picked li");
  await expect(picked).toHaveCount(2);
  await expect(picked.nth(0)).toContainText("Buy my boat now");
  await expect(picked.nth(1)).toContainText("You will regret it otherwise");
  await expect(staff.getByText("She presses me")).toBeVisible();
  await expect(staff.getByText("My mother says hello")).toHaveCount(0);
  await expect(staff.getByText("The horn")).toHaveCount(0);
  await expectAccessible(staff);
  await staff.context().close();
  await expect(stream(his)).toBeVisible();
});

test("nothing went wrong unseen", () => {
  expect(wrong.flat()).toEqual([]);
});
