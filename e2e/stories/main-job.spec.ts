// The main job, from an empty folder to being found, as people do it.
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Page, expect, test } from "@playwright/test";
import { expectAccessible, PASSWORD, signIn, signUp, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });

let server: Server;
let ines: Page;
let tomasz: Page;
let wrong: string[][];
const files = mkdtempSync(join(tmpdir(), "sociosphere-files-"));

/** A picture and a video of our own, made where the story runs. */
function make(name: string, ...args: string[]) {
  const path = join(files, name);
  execFileSync("ffmpeg", ["-nostdin", "-loglevel", "error", "-y", ...args, path]);
  return path;
}

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  ines = await (await browser.newContext()).newPage();
  tomasz = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  wrong = [watch(ines), watch(tomasz)];
});

test.afterAll(async () => {
  await server?.stop();
});

test("a stranger sees what this place is", async ({ page }) => {
  await page.goto(server.url);
  await expect(page.getByRole("heading", { name: "SocioSphere" })).toBeVisible();
  await expectAccessible(page);
});

test("the one-time link makes its visitor the owner, once", async ({ page }) => {
  await signUp(ines, server.ownerLink, "ines", "Ines Ferreira");
  expect(server.command("account", "list")).toContain("Owner");
  await page.goto(server.ownerLink);
  await page.getByLabel("Handle", { exact: true }).fill("mallory");
  await page.getByLabel("E-mail", { exact: true }).fill("mallory@example.org");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  expect(server.command("account", "list")).not.toContain("mallory");
});

test("somebody else signs up on a phone", async () => {
  await signUp(tomasz, `${server.url}/sign-up`, "tomasz", "Tomasz Nowak");
  await expectAccessible(tomasz);
});

test("a photograph is posted with its description", async () => {
  const picture = make("harbour.png", "-f", "lavfi", "-i", "testsrc2=size=800x500:rate=1", "-frames:v", "1");
  await ines.getByPlaceholder("What is happening around you?").fill("First coffee of the market season #harbour");
  const chooser = ines.waitForEvent("filechooser");
  await ines.getByRole("button", { name: "Add pictures, a video or sound" }).click();
  await (await chooser).setFiles(picture);
  await ines.getByRole("button", { name: "Describe" }).click();
  await ines.getByRole("dialog").getByRole("textbox").fill("A test card over the harbour");
  await ines.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await ines.getByRole("button", { name: "Post", exact: true }).click();
  const post = ines.getByRole("article").filter({ hasText: "First coffee" });
  await expect(post.getByRole("button", { name: /A test card over the harbour/ })).toBeVisible();
  await expectAccessible(ines);
});

test("a video is posted, prepared, and plays", async () => {
  const video = make("tide.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=15:duration=2", "-pix_fmt", "yuv420p");
  await ines.getByPlaceholder("What is happening around you?").fill("The tide comes in");
  const chooser = ines.waitForEvent("filechooser");
  await ines.getByRole("button", { name: "Add pictures, a video or sound" }).click();
  await (await chooser).setFiles(video);
  await expect(ines.getByRole("button", { name: "Post", exact: true })).toBeEnabled({ timeout: 60_000 });
  await ines.getByRole("button", { name: "Post", exact: true }).click();
  const post = ines.getByRole("article").filter({ hasText: "The tide comes in" });
  await expect(post.locator("video")).toBeVisible();
  const source = await post.locator("video").evaluate((video: HTMLVideoElement) => video.currentSrc || video.src);
  const part = await ines.request.get(source, { headers: { Range: "bytes=0-99" } });
  expect(part.status()).toBe(206);
});

test("one person finds the other, follows and reads them at home", async () => {
  server.command("jobs", "settle");
  await tomasz.goto(`${server.url}/search`);
  await tomasz.getByRole("searchbox").first().fill("harbour");
  await expect(tomasz.getByRole("article").filter({ hasText: "First coffee" })).toBeVisible();
  await tomasz.goto(`${server.url}/@ines`);
  await tomasz.getByRole("button", { name: "Follow, @ines" }).click();
  await expect(tomasz.getByRole("button", { name: "Following, @ines" })).toBeVisible();
  server.command("jobs", "settle");
  await tomasz.goto(server.url);
  await expect(tomasz.getByRole("article").filter({ hasText: "The tide comes in" })).toBeVisible();
});

test("a comment and a like reach the author", async () => {
  const post = tomasz.getByRole("article").filter({ hasText: "First coffee" });
  await post.getByRole("button", { name: /^Like/ }).click();
  await post.getByText("First coffee").click();
  await tomasz.getByPlaceholder("Write a reply").fill("Saving me a cinnamon one?");
  await tomasz.getByRole("button", { name: "Reply", exact: true }).last().click();
  await expect(tomasz.getByRole("article").filter({ hasText: "cinnamon" })).toBeVisible();
  server.command("jobs", "settle");
  await ines.goto(`${server.url}/notifications`);
  await expect(ines.getByText("liked your post")).toBeVisible();
  await expect(ines.getByText("Saving me a cinnamon one?")).toBeVisible();
  await expectAccessible(ines);
});

test("a picture is reported from where it is looked at", async () => {
  await tomasz.goto(server.url);
  const post = tomasz.getByRole("article").filter({ hasText: "First coffee" });
  await post.getByRole("button", { name: /A test card over the harbour/ }).click();
  await tomasz.getByRole("dialog").getByRole("button", { name: "Report this post" }).click();
  const report = tomasz.getByRole("dialog", { name: "Report @ines" });
  await report.getByLabel("It is spam").check();
  await report.getByRole("button", { name: "Send report" }).click();
  await expect(report.getByText("Staff will look at it")).toBeVisible();
  await report.getByRole("button", { name: "Close" }).last().click();
  await expect(report).toBeHidden();
});

test("a new post reaches an open home without a reload", async () => {
  await tomasz.goto(server.url);
  await expect(tomasz.getByRole("article").filter({ hasText: "The tide comes in" })).toBeVisible();
  await ines.goto(server.url);
  await ines.getByPlaceholder("What is happening around you?").fill("The stalls are open");
  await ines.getByRole("button", { name: "Post", exact: true }).click();
  await tomasz.getByRole("button", { name: /1 new post/ }).click();
  await expect(tomasz.getByRole("article").filter({ hasText: "The stalls are open" })).toBeVisible();
});

test("a session outlives a reload, and signing out ends it", async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  await signIn(page, server.url, "tomasz");
  await page.reload();
  await expect(page.getByRole("heading", { name: "Home" })).toBeVisible();
  await page.goto(`${server.url}/settings`);
  await page.getByRole("button", { name: "Sign out" }).first().click();
  await page.goto(server.url);
  await expect(page.getByLabel("Handle or e-mail")).toBeVisible();
});

test("every count is exact and nothing is missing", async () => {
  server.command("jobs", "settle");
  expect(server.command("verify")).toContain("sound");
  expect(wrong.flat()).toEqual([]);
});
