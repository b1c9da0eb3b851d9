// A walk through the demo community, wherever it lives: testing/full/moving takes it from engine to engine and walks each time. Names
// TOUR, which marks what this walk writes, so that the next one finds it.
import { type Page, expect, test } from "@playwright/test";
import { watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });

const PASSWORD = "lanternhaven-demo";
const tours = (process.env.TOUR ?? "first").split(",");
const written = (tour: string) => `The ${tour} ferry of the day`;

let server: Server;
let page: Page;
let wrong: string[];

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  page = await (await browser.newContext()).newPage();
  wrong = watch(page);
});

test.afterAll(async () => {
  await server?.stop();
});

test("somebody of the community signs in and reads at home", async () => {
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel("Handle or e-mail").fill("yuki");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Home" })).toBeVisible();
  await expect(page.getByRole("article").nth(3)).toBeVisible();
});

test("portraits and pictures of posts load, all of them", async () => {
  await page.goto(`${server.url}/@mira`);
  await expect(page.getByRole("article").first()).toBeVisible();
  const broken = () =>
    page.evaluate(() => {
      const all = [...document.images].filter((image) => image.src.includes("/media/"));
      return all.length > 0 && all.every((image) => image.complete) ? all.filter((image) => image.naturalWidth === 0).map((image) => image.src) : ["not yet"];
    });
  await expect.poll(broken).toEqual([]);
});

test("what was written before the move is there, and what is written now stays", async () => {
  for (const tour of tours.slice(0, -1)) {
    await page.goto(`${server.url}/@yuki`);
    await expect(page.getByRole("article").filter({ hasText: written(tour) })).toBeVisible();
  }
  const now = written(tours.at(-1) ?? "");
  await page.goto(server.url);
  await page.getByPlaceholder("What is happening around you?").fill(now);
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("article").filter({ hasText: now })).toBeVisible();
  await page.reload();
  const post = page.getByRole("article").filter({ hasText: now });
  await post.getByRole("button", { name: /^Like/ }).click();
  await expect(post.getByRole("button", { name: /^Unlike|^Liked|^Like/, pressed: true })).toBeVisible();
});

test("search finds people and posts", async () => {
  server.command("jobs", "settle");
  await page.goto(`${server.url}/search?q=ferry`);
  await expect(page.getByRole("article").filter({ hasText: written(tours.at(-1) ?? "") })).toBeVisible();
});

test("every count is exact and nothing is missing", async () => {
  server.command("jobs", "settle");
  expect(server.command("verify")).toContain("sound");
  expect(wrong).toEqual([]);
});
