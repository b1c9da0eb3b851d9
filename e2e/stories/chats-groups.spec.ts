// A group from its beginning: invitations, its looks, what admins may, mute, who is removed and who leaves.
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { arrived, box, chatsApi, details, row, said, say, write } from "../support/chats.ts";
import { square } from "../support/files.ts";
import { expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(120_000);

let server: Server;
let ada: Person;
let bob: Person;
let cleo: Person;
let hers: Page;
let his: Page;
let wrong: string[][];
let group: string;

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  ada = await person(server, "ada", "Ada Lovelace");
  bob = await person(server, "bob", "Bob Bobbin");
  cleo = await person(server, "cleo", "Cleo Kai");
  hers = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  his = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  wrong = [watch(hers), watch(his)];
  await signIn(hers, server.url, "ada");
  await signIn(his, server.url, "bob");
});

test.afterAll(async () => {
  await server?.stop();
});

const openDetails = async (page: Page) => {
  await page.getByRole("button", { name: "About this chat" }).click();
  await expect(details(page)).toBeVisible();
};

test("a group is made, and who is invited reads what is said from when they accept", async () => {
  await cleo.call("POST", `/api/v1/accounts/${ada.id}/follow`);
  await hers.goto(`${server.url}/chats`);
  await hers.getByRole("button", { name: "New chat" }).first().click();
  const sheet = hers.getByRole("dialog");
  await sheet.getByRole("button", { name: "New group" }).click();
  await sheet.getByLabel("Name of the group").fill("Harbour market");
  await sheet.getByLabel("Find people").fill("bob");
  await sheet.getByRole("button", { name: /Bob Bobbin/ }).click();
  await sheet.getByLabel("Find people").fill("cleo");
  await sheet.getByRole("button", { name: /^Cleo Kai/ }).click();
  await expect(sheet.getByRole("list", { name: "2 people chosen" })).toBeVisible();
  await expectAccessible(hers);
  await sheet.getByRole("button", { name: "Make the group" }).click();
  await expect(hers.getByRole("heading", { name: "Harbour market" })).toBeVisible();
  group = /\/chats\/([^/?]+)/.exec(hers.url())?.[1] ?? "";
  await write(hers, "Only for who is in it already");
  await expect(said(hers, "Only for who is in it already").getByText(arrived)).toBeVisible();

  await his.goto(`${server.url}/chats/requests`);
  await row(his, "Harbour market").click();
  await expect(his.getByRole("heading", { name: /Ada Lovelace.* invites you into this group/ })).toBeVisible();
  await expect(his.getByText("Only for who is in it already")).toHaveCount(0);
  await expectAccessible(his);
  await his.getByRole("button", { name: "Accept" }).click();
  await expect(box(his)).toBeVisible();
  await write(hers, "Who brings what?");
  await expect(said(his, "Who brings what?")).toBeVisible();
  await expect(said(his, "Only for who is in it already")).toHaveCount(0);
  await write(his, "Two trays of rye");
  await expect(said(hers, "Two trays of rye").getByText("Bob Bobbin")).toBeVisible();
});

test("who is in the group is offered first when somebody is named", async () => {
  await person(server, "bo", "Bo Beacon");
  await box(hers).pressSequentially("Rye from @bo");
  const offered = hers.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
  await expect(offered).toHaveText([/Bob Bobbin\s*@bob/, /Bo Beacon\s*@bo/]);
  await expectAccessible(hers);
  await box(hers).press("Enter");
  await expect(box(hers)).toHaveValue("Rye from @bob ");
  await box(hers).press("Enter");
  await expect(said(his, "Rye from @bob")).toBeVisible();
});

test("its name and picture are changed by who runs it, and everybody sees them at once", async () => {
  await openDetails(hers);
  await details(hers).getByLabel("Name", { exact: true }).fill("Market day");
  await details(hers).getByRole("button", { name: "Save name" }).click();
  await expect(his.getByRole("heading", { name: "Market day" })).toBeVisible();
  const chooser = hers.waitForEvent("filechooser");
  await details(hers).getByRole("button", { name: "Change picture" }).click();
  await (await chooser).setFiles({ name: "market.png", mimeType: "image/png", buffer: square() });
  const picture = his.locator(".conv-head .av.group img");
  await expect(picture).toBeVisible();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await expect(details(hers).locator(".av.group img")).toBeVisible();
  await details(hers).getByRole("button", { name: "Remove picture" }).click();
  await expect(picture).toHaveCount(0);
  await openDetails(his);
  await expect(details(his).getByRole("button", { name: "Change picture" })).toHaveCount(0);
  await his.keyboard.press("Escape");
});

test("the owner makes an admin, who may invite", async () => {
  await details(hers).getByRole("button", { name: "Change @bob" }).click();
  await hers.getByRole("menuitem", { name: "Make admin" }).click();
  await expect(details(hers).getByText("Admin", { exact: true })).toBeVisible();
  await expectAccessible(hers);
  await openDetails(his);
  await expect(details(his).getByRole("button", { name: "Invite people" })).toBeVisible();
  await expect(details(his).getByText("Cleo Kai")).toBeVisible();
  await his.keyboard.press("Escape");
  await hers.keyboard.press("Escape");
});

test("a muted group counts quietly, and no badge tells of it", async () => {
  await openDetails(his);
  await details(his).getByRole("switch", { name: /Mute/ }).click();
  await expect(details(his).getByRole("switch", { name: /Mute/ })).toBeChecked();
  await his.keyboard.press("Escape");
  await his.goto(`${server.url}/chats`);
  await expect(row(his, "Market day").getByRole("img", { name: "Muted" })).toBeVisible();
  await say(ada, group, "The rye is sold");
  await expect(row(his, "Market day").getByText("1 new message")).toBeAttached();
  await expect(his.getByRole("link", { name: /Chats.*new messages/ })).toHaveCount(0);
  await row(his, "Market day").click();
  await openDetails(his);
  await details(his).getByRole("switch", { name: /Mute/ }).click();
  await expect(details(his).getByRole("switch", { name: /Mute/ })).not.toBeChecked();
  await his.keyboard.press("Escape");
});

test("who is removed is out at once: of the screen, of the list, and of what is said after", async () => {
  // A list that was asked for before is on its way until after.
  const list = (url: URL) => url.pathname === chatsApi;
  let arrives = () => {};
  const later = new Promise<void>((resolve) => {
    arrives = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    void his.route(list, async (route) => {
      const response = await route.fetch();
      resolve();
      await later;
      await route.fulfill({ response });
    });
  });
  await his.reload();
  await asked;
  await expect(said(his, "The rye is sold")).toBeVisible();
  await openDetails(hers);
  await details(hers).getByRole("button", { name: "Change @bob" }).click();
  await hers.getByRole("menuitem", { name: "Remove from the group" }).click();
  await expect(details(hers).getByRole("button", { name: "Change @bob" })).toHaveCount(0);
  await hers.keyboard.press("Escape");
  await expect(his.getByText("You are not in this chat any more")).toBeVisible();
  await expect(his.getByText("The rye is sold")).toHaveCount(0);
  const refused = his.waitForResponse((one) => one.url().includes(`/${group}/messages`) && one.status() === 403);
  arrives();
  await refused;
  await expect(his.getByText("You are not in this chat any more")).toBeVisible();
  await his.unroute(list);
  await write(hers, "He is gone");
  await expect(said(hers, "He is gone").getByText(arrived)).toBeVisible();
  await expectAccessible(his);
  await his.goto(`${server.url}/chats`);
  await expect(his.getByText("No chats yet")).toBeVisible();
  await expect(row(his, "Market day")).toHaveCount(0);
  await expect(bob.call("GET", `${chatsApi}/${group}/messages`)).rejects.toThrow(/ 403 /);
  const { messages } = await bob.call("GET", `${chatsApi}/search?q=rye`);
  expect(messages).toEqual([]);
});

test("who comes again reads from then on, and leaves by themselves", async () => {
  await openDetails(hers);
  await details(hers).getByRole("button", { name: "Invite people" }).click();
  await details(hers).getByLabel("Find people").fill("bob");
  await details(hers).getByRole("button", { name: /Bob Bobbin/ }).click();
  await details(hers).getByRole("button", { name: "Invite", exact: true }).click();
  await expect(hers.getByText("Invited.", { exact: true })).toBeVisible();
  await hers.keyboard.press("Escape");
  await his.getByRole("link", { name: /^Requests/ }).click();
  await row(his, "Market day").click();
  await his.getByRole("button", { name: "Accept" }).click();
  await write(his, "Here I am again");
  await expect(said(hers, "Here I am again")).toBeVisible();
  await expect(said(his, "He is gone")).toHaveCount(0);
  await openDetails(his);
  await details(his).getByRole("button", { name: "Leave the group" }).click();
  await his.getByRole("dialog", { name: "Leave this group?" }).getByRole("button", { name: "Leave the group" }).click();
  await expect(his).toHaveURL(/\/chats$/);
  await expect(row(his, "Market day")).toHaveCount(0);
  await expect(hers.locator(".conv-head").getByText("2 people")).toBeVisible();
});

test("nothing went wrong unseen", () => {
  expect(wrong.flat()).toEqual([]);
});
