// What staff do seldom: somebody's data as a file, deleting a post; and refusals that everybody hears.
import { readFileSync } from "node:fs";
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { PASSWORD, expectAccessible, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, openPanel } from "../support/staff.ts";

test.describe.configure({ mode: "serial" });

let server: Server;
let olga: Page;
let ada: Person;
let bob: Person;
let wrong: string[];

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  makeStaff(server, "olga", "owner");
  ada = await person(server, "ada", "Ada Lovelace");
  bob = await person(server, "bob", "Bob Builder");
  olga = await (await browser.newContext({ acceptDownloads: true })).newPage();
  wrong = watch(olga);
  await openPanel(olga, server, "olga");
});

test.afterEach(() => expect(wrong).toEqual([]));

test.afterAll(async () => {
  await server?.stop();
});

const asks = () => olga.getByRole("dialog", { name: "Your password, please" });

async function prove() {
  await asks().getByLabel("Password").fill(PASSWORD);
  await asks().getByRole("button", { name: "Go on" }).click();
  await expect(asks()).toHaveCount(0);
}

/** It is done, after the password where it is asked for: a page that was loaded anew asks again. */
async function done(said: string) {
  await expect(asks().or(olga.getByText(said).first())).toBeVisible();
  if (await asks().isVisible()) await prove();
  await expect(olga.getByText(said).first()).toBeVisible();
}

const more = async (id: string, item: string) => {
  await olga.goto(`${server.url}/admin/people/${id}/show`);
  await olga.getByRole("button", { name: "More", exact: true }).click();
  await olga.getByRole("menuitem", { name: item }).click();
};

test("a person's data is a file, and the audit log says who took it and why", async () => {
  await ada.call("POST", "/api/v1/statuses", { status: "To be found in the file" });
  await more(ada.id, "Export their data");
  const dialog = olga.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Export their data" })).toBeDisabled();
  await dialog.getByLabel("Reason").fill("She asked for it");
  await expectAccessible(olga);
  const download = olga.waitForEvent("download");
  await dialog.getByRole("button", { name: "Export their data" }).click();
  await done("The file is saved.");
  const file = await download;
  expect(file.suggestedFilename()).toBe("ada.json");
  const text = readFileSync((await file.path()) ?? "", "utf8");
  expect(JSON.stringify(JSON.parse(text))).toContain("To be found in the file");
  expect(text).toContain("ada@example.org");
  await olga.goto(`${server.url}/admin/audit`);
  await expect(olga.getByRole("row").filter({ hasText: "She asked for it" })).toBeVisible();
});

test("a post is deleted with its reason, and its author is told", async () => {
  const post = await ada.call("POST", "/api/v1/statuses", { status: "Cheap watches, all of them" });
  await expect(async () => {
    await olga.goto(`${server.url}/admin/posts`);
    await expect(olga.getByText("Cheap watches, all of them")).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await olga.getByRole("row").filter({ hasText: "Cheap watches" }).getByRole("button", { name: "Delete" }).click();
  const dialog = olga.getByRole("dialog", { name: "Delete this post" });
  await dialog.getByLabel("Message to the author").fill("Sell them elsewhere.");
  await dialog.getByLabel("Reason").fill("An advertisement");
  await expectAccessible(olga);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await done("The post is deleted.");
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => ada.call("GET", `/api/v1/statuses/${post.id}`).then(() => "there", () => "gone")).toBe("gone");
  const warnings = await ada.call("GET", "/api/sociosphere/v1/warnings");
  expect(JSON.stringify(warnings)).toContain("Sell them elsewhere.");
});

test("what is refused while a dialog is open is said in the dialog, where screen readers hear it", async () => {
  const post = await bob.call("POST", "/api/v1/statuses", { status: "Here for a moment" });
  await expect(async () => {
    await olga.goto(`${server.url}/admin/posts`);
    await expect(olga.getByText("Here for a moment")).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await olga.getByRole("row").filter({ hasText: "Here for a moment" }).getByRole("button", { name: "Delete" }).click();
  const dialog = olga.getByRole("dialog", { name: "Delete this post" });
  await dialog.getByLabel("Reason").fill("Too late");
  // The region is there before it has anything to say: else its words are not read.
  await expect(dialog.getByRole("alert")).toHaveText("");
  await bob.call("DELETE", `/api/v1/statuses/${post.id}`);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await prove();
  await expect(dialog.getByRole("alert")).toHaveText("This is not there any more.");
  await expect(olga.getByText("This is not there any more.")).toHaveCount(1);
  await expectAccessible(olga);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toHaveCount(0);
  // Without a dialog the panel's own notice says it.
  await olga.goto(`${server.url}/admin/blocks`);
  await olga.getByRole("tab", { name: "Addresses" }).click();
  await olga.getByLabel("Address or range").fill("the harbour");
  await olga.getByRole("button", { name: "Block", exact: true }).click();
  await expect(olga.getByRole("alert").filter({ hasText: /\w/ })).toBeVisible();
});
