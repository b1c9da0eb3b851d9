// What happens elsewhere shows here: posts that wait, counts that move, a word about a notification, on every tab and
// also where nothing but polling gets through.
import { type BrowserContext, type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });

let server: Server;
let context: BrowserContext;
let ines: Page;
let her: Person;
let tomasz: Person;
let first: { id: string };
let wrong: string[];
const sockets: string[] = [];

const state = (page: Page) => page.locator("[data-live]").first();
const isLive = (page: Page, how = "live") => expect(state(page)).toHaveAttribute("data-live", how);
const post = (page: Page, text: string) => page.getByRole("article").filter({ hasText: text });

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  her = await person(server, "ines", "Ines Ferreira");
  tomasz = await person(server, "tomasz", "Tomasz Nowak");
  await her.call("POST", `/api/v1/accounts/${tomasz.id}/follow`);
  first = await tomasz.call("POST", "/api/v1/statuses", { status: "The harbour is calm" });
  server.command("jobs", "settle");
  context = await browser.newContext();
  ines = await context.newPage();
  for (const page of [ines]) page.on("websocket", (socket) => sockets.push(socket.url()));
  wrong = watch(ines);
  await signIn(ines, server.url, "ines");
  await isLive(ines);
});

test.afterAll(async () => {
  await server?.stop();
});

test("a post of somebody one follows waits above the feed, and joins it when one wants", async () => {
  await expect(post(ines, "The harbour is calm")).toBeVisible();
  await tomasz.call("POST", "/api/v1/statuses", { status: "Wind from the west" });
  const pill = ines.getByRole("button", { name: "1 new post" });
  await expect(pill).toBeVisible();
  await expect(post(ines, "Wind from the west")).toHaveCount(0);
  await pill.click();
  await expect(post(ines, "Wind from the west")).toBeVisible();
});

test("the count of a post on screen moves when somebody likes it", async () => {
  const likes = post(ines, "The harbour is calm").getByRole("button", { name: /like/i });
  await expect(likes).not.toHaveText("1");
  await tomasz.call("POST", `/api/v1/statuses/${first.id}/favourite`);
  await expect(likes).toHaveText("1");
});

test("an edited post changes where it stands, and a deleted one goes", async () => {
  await tomasz.call("PUT", `/api/v1/statuses/${first.id}`, { status: "The harbour is calm again" });
  await expect(post(ines, "calm again")).toBeVisible();
  const gone = await tomasz.call("POST", "/api/v1/statuses", { status: "Said too much" });
  await ines.getByRole("button", { name: "1 new post" }).click();
  await expect(post(ines, "Said too much")).toBeVisible();
  await tomasz.call("DELETE", `/api/v1/statuses/${gone.id}`);
  await expect(post(ines, "Said too much")).toHaveCount(0);
});

test("a notification says a quiet word, and stands in the title and the favicon", async () => {
  const mine = await her.call("POST", "/api/v1/statuses", { status: "Back from the sea" });
  await tomasz.call("POST", `/api/v1/statuses/${mine.id}/favourite`);
  await expect(ines.locator(".toast")).toContainText("Tomasz Nowak");
  await expect(ines.locator(".toast")).toContainText("liked your post");
  await expect(ines).toHaveTitle(/^\(1\) /);
  await expect(ines.locator('link[rel="icon"]')).toHaveAttribute("href", "/mark-unread.svg");
  await expect(ines.getByRole("link", { name: "Notifications, 1 unread" })).toBeVisible();
  await expectAccessible(ines);
});

test("two tabs share one connection, and reading on one clears the badge of the other", async () => {
  const second = await context.newPage();
  second.on("websocket", (socket) => sockets.push(socket.url()));
  await second.goto(server.url);
  await isLive(second);
  expect(sockets.filter((url) => url.includes("/socket.io/"))).toHaveLength(1);
  await expect(second).toHaveTitle(/^\(1\) /);
  await tomasz.call("POST", "/api/v1/statuses", { status: "Both tabs hear of this" });
  for (const page of [ines, second])
    await expect(page.getByRole("button", { name: "1 new post" })).toBeVisible();
  await second.getByRole("link", { name: /Notifications/ }).first().click();
  await expect(second.getByText("liked your post")).toBeVisible();
  await expect(ines).toHaveTitle("SocioSphere");
  await expect(ines.locator('link[rel="icon"]')).toHaveAttribute("href", "/mark.svg");
  // The tab that held the connection goes; the other one takes over and misses nothing.
  await ines.close();
  await tomasz.call("POST", "/api/v1/statuses", { status: "After the first tab was closed" });
  await second.goto(`${server.url}/`);
  await expect(post(second, "After the first tab was closed")).toBeVisible();
  await isLive(second);
  await tomasz.call("POST", "/api/v1/statuses", { status: "Heard by the one that is left" });
  await expect(second.getByRole("button", { name: "1 new post" })).toBeVisible();
  ines = second;
});

test("the local feed and a tag live while they are shown", async () => {
  await ines.goto(`${server.url}/tags/tide`);
  await isLive(ines);
  await expect(ines.getByRole("heading", { name: "#tide" })).toBeVisible();
  await expect(async () => {
    await tomasz.call("POST", "/api/v1/statuses", { status: "Coming in #tide" });
    await expect(ines.getByRole("button", { name: /new posts?$/ })).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await ines.goto(server.url);
  await isLive(ines);
});

test("without a connection an honest line says so, a post waits, and goes out with the connection", async () => {
  await context.setOffline(true);
  await expect(ines.locator(".connection")).toContainText("You are offline");
  await ines.getByPlaceholder("What is happening around you?").fill("Written on the ferry");
  await ines.getByRole("button", { name: "Post", exact: true }).click();
  const waiting = ines.getByRole("region", { name: "Waiting to go out" });
  await expect(waiting).toContainText("Written on the ferry");
  await expectAccessible(ines);
  await tomasz.call("POST", "/api/v1/statuses", { status: "While she was on the ferry" });
  await context.setOffline(false);
  await expect(waiting).toHaveCount(0);
  await expect(ines.locator(".connection")).toHaveCount(0);
  const said = await her.call<{ content: string }[]>("GET", `/api/v1/accounts/${her.id}/statuses`);
  expect(said.filter((one) => one.content.includes("Written on the ferry"))).toHaveLength(1);
  await isLive(ines);
  await expect(
    post(ines, "While she was on the ferry").or(ines.getByRole("button", { name: /new posts?$/ })),
  ).toBeVisible();
});

test("where only polling gets through, the feed lives all the same", async ({ browser }) => {
  const narrow = await browser.newContext();
  await narrow.addInitScript(() => {
    Object.defineProperty(window, "WebSocket", {
      value: class {
        constructor() {
          throw new DOMException("not here", "SecurityError");
        }
      },
    });
  });
  const page = await narrow.newPage();
  await signIn(page, server.url, "ines");
  await isLive(page, "polling");
  await expect(post(page, "The harbour is calm")).toBeVisible();
  await tomasz.call("POST", "/api/v1/statuses", { status: "By the slow way" });
  await expect(page.getByRole("button", { name: "1 new post" })).toBeVisible();
  await narrow.close();
});

test("nothing of this broke the page's rules", () => {
  expect(wrong).toEqual([]);
});
