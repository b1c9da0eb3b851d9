// A post's life after it is written, and people who let in, keep out and change how they look.
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { give, picture, square, tone } from "../support/files.ts";
import { PASSWORD, expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });

let server: Server;
let ada: Person;
let bob: Person;
let hers: Page;
let his: Page;
let wrong: string[][];

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  ada = await person(server, "ada", "Ada Lovelace");
  bob = await person(server, "bob", "Bob Bobbin");
  hers = await (await browser.newContext()).newPage();
  his = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  wrong = [watch(hers), watch(his)];
  await signIn(hers, server.url, "ada");
  await signIn(his, server.url, "bob");
});

test.afterAll(async () => {
  await server?.stop();
});

const article = (page: Page, words: string) => page.getByRole("article").filter({ hasText: words }).first();
const write = (page: Page) => page.getByPlaceholder("What is happening around you?").first();
const send = (page: Page) => page.getByRole("button", { name: "Post", exact: true }).first();
async function choose(page: Page, words: string, entry: string) {
  await article(page, words).getByRole("button", { name: "More about this post" }).click();
  await page.getByRole("menuitem", { name: entry, exact: true }).click();
}

test("an edit is seen by others, with what was said before", async () => {
  await hers.goto(server.url);
  await write(hers).fill("The ferry leaves at nine");
  await send(hers).click();
  await expect(article(hers, "leaves at nine")).toBeVisible();
  await choose(hers, "leaves at nine", "Edit");
  const box = hers.getByRole("dialog").getByRole("textbox").last();
  await expect(box).toHaveValue("The ferry leaves at nine");
  await box.fill("The ferry leaves at ten");
  await hers.getByRole("button", { name: "Save changes" }).click();
  await expect(article(hers, "leaves at ten")).toBeVisible();
  await his.goto(`${server.url}/@ada`);
  await article(his, "leaves at ten").getByText("leaves at ten").click();
  await his.getByRole("button", { name: "edited" }).click();
  await expect(his.getByRole("dialog").getByText("The ferry leaves at nine")).toBeVisible();
  await his.keyboard.press("Escape");
});

test("delete asks first; redraft brings words and picture back", async () => {
  const media = await ada.upload(picture(), "A card");
  await ada.call("POST", "/api/v1/statuses", { status: "Rope for sale, slighty used", media_ids: [media] });
  await hers.goto(`${server.url}/@ada`);
  await choose(hers, "Rope for sale", "Delete");
  await hers.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await expect(article(hers, "Rope for sale")).toBeVisible();
  await choose(hers, "Rope for sale", "Delete and redraft");
  await hers.getByRole("dialog").getByRole("button", { name: "Delete and redraft" }).click();
  const composer = hers.getByRole("dialog");
  await expect(composer.getByRole("textbox").first()).toHaveValue("Rope for sale, slighty used");
  await composer.getByRole("textbox").first().fill("Rope for sale, slightly used");
  await composer.getByRole("button", { name: "Post", exact: true }).click();
  // It closes when the post is taken: who leaves before takes the request along.
  await expect(composer).toHaveCount(0);
  await hers.goto(`${server.url}/@ada`);
  await expect(article(hers, "slightly used").getByRole("button", { name: /A card/ })).toBeVisible();
  await expect(hers.getByText("slighty used")).toHaveCount(0);
  await choose(hers, "slightly used", "Delete");
  await hers.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await expect(article(hers, "slightly used")).toHaveCount(0);
});

test("a warning hides until it is opened; followers only is for followers only", async () => {
  await ada.call("POST", "/api/v1/statuses", { status: "The butler", spoiler_text: "Who did it" });
  const quiet = await ada.call("POST", "/api/v1/statuses", { status: "Only for you who follow", visibility: "private" });
  await his.goto(`${server.url}/@ada`);
  const warned = article(his, "Who did it");
  await expect(warned.getByText("The butler")).toHaveCount(0);
  await warned.getByRole("button", { name: "Show" }).click();
  await expect(warned.getByText("The butler")).toBeVisible();
  await expect(his.getByText("Only for you who follow")).toHaveCount(0);
  await his.goto(`${server.url}/@ada/${quiet.id}`);
  await expect(his.getByText("Only for you who follow")).toHaveCount(0);
  await expect(his.getByRole("main")).toContainText("This is not here, or not for you to see.");
});

test("what cannot be posted stays in the box", async () => {
  await hers.goto(server.url);
  await write(hers).fill("long ".repeat(1_001));
  await expect(send(hers)).toBeDisabled();
  await expect(hers.getByText("-5", { exact: true }).first()).toBeVisible();
  await write(hers).fill("Sent in a storm");
  await hers.route("**/api/v1/statuses", (route) => route.abort());
  await send(hers).click();
  await expect(hers.getByText("Nothing you wrote is lost").first()).toBeVisible();
  await expect(write(hers)).toHaveValue("Sent in a storm");
  await hers.unroute("**/api/v1/statuses");
  await send(hers).click();
  await expect(article(hers, "Sent in a storm")).toHaveCount(1);
  await expect(write(hers)).toHaveValue("");
});

test("pictures come along by paste and drop, and a sound plays where it stands", async () => {
  await hers.goto(server.url);
  await write(hers).fill("Two flags of the regatta");
  const place = hers.getByRole("region", { name: "What is happening around you?" });
  const taken = place.getByRole("button", { name: "Describe", exact: true });
  await give(write(hers), "paste", [{ name: "flag.png", type: "image/png", bytes: picture() }]);
  await expect(taken).toHaveCount(1);
  await give(place, "drop", [{ name: "other.png", type: "image/png", bytes: square() }]);
  await expect(taken).toHaveCount(2);
  await send(hers).click();
  const flags = article(hers, "Two flags").getByRole("button", { name: /^Open picture/ });
  await expect(flags).toHaveCount(2);
  await write(hers).fill("Our new horn");
  await give(place, "drop", [{ name: "horn.mp3", type: "audio/mpeg", bytes: tone() }]);
  await expect(taken).toHaveCount(1, { timeout: 60_000 });
  await send(hers).click();
  await his.goto(`${server.url}/@ada`);
  const horn = article(his, "Our new horn");
  await expect(horn.getByText("0:03")).toBeVisible();
  await expectAccessible(his);
  await horn.getByRole("slider", { name: "Position" }).fill("1");
  await horn.getByRole("button", { name: /^Play/ }).click();
  await expect(horn.getByRole("button", { name: /^Pause/ })).toBeVisible();
  // It plays to its end, and stands at its beginning again.
  await expect(horn.getByRole("button", { name: /^Play/ })).toBeVisible();
  await expect(horn.getByText("0:03")).toBeVisible();
});

test("handles and tags are offered while they are written", async () => {
  await bob.call("POST", "/api/v1/statuses", { status: "Who comes to the #Harbourfest?" });
  server.command("jobs", "settle");
  await hers.goto(server.url);
  const box = write(hers);
  await box.pressSequentially("Hello @bo");
  const offered = hers.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
  await expect(offered).toHaveText([/Bob Bobbin\s*@bob/]);
  await expectAccessible(hers);
  await box.press("Enter");
  await expect(box).toHaveValue("Hello @bob ");
  await box.pressSequentially("see you at #harb");
  await offered.filter({ hasText: "Harbourfest" }).click();
  await expect(box).toHaveValue("Hello @bob see you at #Harbourfest ");
  await box.pressSequentially("with @ad");
  await expect(offered).toHaveCount(1);
  await box.press("Escape");
  await expect(offered).toHaveCount(0);
  await box.press("Enter");
  await expect(box).toHaveValue("Hello @bob see you at #Harbourfest with @ad\n");
  await box.fill("");
});

test("the local timeline is live", async () => {
  await his.goto(`${server.url}/local`);
  await expect(article(his, "Sent in a storm")).toBeVisible();
  const fresh = his.locator('[data-act="fresh"]');
  // A stream tells nobody when it is there: what is posted until then is in the next one's count.
  await expect(async () => {
    await ada.call("POST", "/api/v1/statuses", { status: "Gulls over the pier" });
    await expect(fresh).toBeVisible({ timeout: 3_000 });
  }).toPass();
  await fresh.click();
  await expect(article(his, "Gulls over the pier")).toBeVisible();
});

test("who is asked lets in or not", async () => {
  await ada.call("PATCH", "/api/v1/accounts/update_credentials", { locked: true });
  await his.goto(`${server.url}/@ada`);
  await his.getByRole("button", { name: "Follow, @ada" }).click();
  await expect(his.getByRole("button", { name: /^Requested/ })).toBeVisible();
  server.command("jobs", "settle");
  await hers.goto(`${server.url}/follow-requests`);
  await hers.getByRole("button", { name: "Accept" }).click();
  await expect(hers.getByText("@bob")).toHaveCount(0);
  await his.goto(`${server.url}/@ada`);
  await expect(his.getByRole("button", { name: "Following, @ada" })).toBeVisible();
  // A long list has in it what is near: it may stand below.
  await expect(async () => {
    await his.mouse.wheel(0, 600);
    await expect(article(his, "Only for you who follow")).toBeVisible({ timeout: 2_000 });
  }).toPass();
});

test("a post is reported, staff decide, and who reported it hears what came of it", async () => {
  await his.goto(`${server.url}/@ada`);
  await choose(his, "Only for you who follow", "Report this post");
  const dialog = his.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Send report" })).toBeDisabled();
  await dialog.getByLabel("It is spam").check();
  await dialog.getByLabel(/In your words/).fill("The ferry leaves at eleven");
  await expectAccessible(his);
  await dialog.getByRole("button", { name: "Send report" }).click();
  await expect(dialog.getByText("Staff will look at it")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  server.command("account", "create", "--handle", "mod", "--email", "mod@example.org", "--password", PASSWORD, "--role", "moderator", "--confirmed");
  const token = server.command("token", "create", "--account", "mod", "--scopes", "read write admin:read admin:write");
  const staff = async (method: string, path: string) => {
    const answer = await fetch(`${server.url}/api/v1/admin/reports${path}`, { method, headers: { Authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    return answer.json();
  };
  const [report] = await staff("GET", "");
  expect(report).toMatchObject({ category: "spam", comment: "The ferry leaves at eleven", target_account: { username: "ada" } });
  await staff("POST", `/${report.id}/resolve`);
  server.command("jobs", "settle");
  await his.goto(`${server.url}/notifications`);
  await expect(his.getByText("decided about what you reported").first()).toBeVisible();
});

test("a changed profile is seen; a block makes both vanish", async () => {
  await hers.goto(`${server.url}/settings/profile`);
  await hers.getByLabel("Name", { exact: true }).fill("Ada, Countess");
  await hers.getByRole("button", { name: /^Save/ }).first().click();
  await expect(hers.getByText(/saved/i).first()).toBeVisible();
  await his.goto(`${server.url}/@ada`);
  await expect(his.getByRole("heading", { name: "Ada, Countess" }).first()).toBeVisible();
  await hers.goto(`${server.url}/@bob`);
  await hers.getByRole("button", { name: "More about this person" }).click();
  await hers.getByRole("menuitem", { name: "Block @bob" }).click();
  await hers.getByRole("dialog").getByRole("button", { name: "Block", exact: true }).click();
  await expect(hers.getByRole("button", { name: /^Unblock|^Blocked/ }).first()).toBeVisible();
  server.command("jobs", "settle");
  await his.goto(`${server.url}/local`);
  await expect(his.getByRole("heading", { name: "Home" })).toBeVisible();
  await expect(his.getByText("Gulls over the pier")).toHaveCount(0);
  expect(bob.handle).toBe("bob");
});

test("nothing went wrong unseen", () => {
  expect(wrong.flat()).toEqual([]);
});
