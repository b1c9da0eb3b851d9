// Explore: what trends, whom one may want to follow, what people are interested in; and the cards of links, read from a
// server of this machine that the operator opened.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { type Server as HttpServer, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Page, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, openPanel } from "../support/staff.ts";

test.describe.configure({ mode: "serial" });
test.setTimeout(240_000);

let server: Server;
let site: HttpServer;
let port: number;
let asked: string[] = [];
const people: Person[] = [];

const pages: Record<string, string> = {
  "/lighthouse": `<html lang="en"><title>x</title><meta property="og:title" content="The lighthouse keeper's notebook">
    <meta property="og:description" content="Forty years of weather, ships and one very patient cat.">
    <meta property="og:site_name" content="Harbour Review"><meta name="author" content="Ines Faro">
    <meta property="og:image" content="/lighthouse.png"><meta property="og:image:alt" content="Stripes of colour">`,
  "/tides": "<title>Tide tables for the week</title><meta name=description content='When the boats can leave.'>",
};

function picture(): Buffer {
  const file = join(mkdtempSync(join(tmpdir(), "sociosphere-explore-")), "picture.png");
  execFileSync("ffmpeg", ["-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=1200x630:rate=1", "-frames:v", "1", file]);
  return readFileSync(file);
}

test.beforeAll(async () => {
  const image = picture();
  site = createServer((request, answer) => {
    asked.push(request.url ?? "");
    const page = pages[request.url ?? ""];
    if (request.url === "/lighthouse.png") answer.writeHead(200, { "content-type": "image/png" }).end(image);
    else if (page) answer.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
    else answer.writeHead(404).end();
  });
  await new Promise<void>((ready) => site.listen(0, "127.0.0.1", ready));
  const address = site.address();
  port = address && typeof address === "object" ? address.port : 0;
  server = await startServer({ "previews.ports": String(port), "previews.private_addresses": "127.0.0.1/32" });
  for (const [handle, name] of [["ada", "Ada Lovelace"], ["noor", "نور الدين"], ["aiko", "渡辺 愛子"], ["mara", "Mara Vogt"], ["fresh", "Fresh Start"]] as const)
    people.push(await person(server, handle, name));
  const [ada, noor, aiko, mara] = people as [Person, Person, Person, Person];
  // Reactions count from the first refresh on.
  server.command("trends");
  const link = `http://127.0.0.1:${port}/lighthouse`;
  for (const one of [noor, aiko, mara]) {
    await one.call("POST", "/api/v1/statuses", { status: `Reading this by the water ${link}?utm_source=${one.handle} #harbour` });
    await one.call("POST", "/api/v1/statuses", { status: `When do we leave? http://127.0.0.1:${port}/tides #tides` });
  }
  const hot = await noor.call("POST", "/api/v1/statuses", { status: "The whole town came to the launch" });
  for (const one of [ada, aiko, mara]) await one.call("POST", `/api/v1/statuses/${hot.id}/favourite`);
  await ada.call("POST", `/api/v1/accounts/${noor.id}/follow`);
  await noor.call("POST", `/api/v1/accounts/${aiko.id}/follow`);
  for (const one of [ada, mara]) await one.call("PATCH", "/api/v1/accounts/update_credentials", { interests: ["Sailing", "Old maps"] });
  await aiko.call("PATCH", "/api/v1/accounts/update_credentials", { note: "Bread, boats and early mornings.", interests: ["Baking"] });
  server.command("jobs", "settle");
  // What is of this moment waits, in case something is still on its way.
  await expect.poll(() => {
    server.command("trends");
    return fetch(`${server.url}/api/v1/trends/tags`).then((answer) => answer.json()).then((tags) => tags.length);
  }, { timeout: 90_000 }).toBe(2);
});

test.afterAll(async () => {
  await server?.stop();
  site?.close();
});

test("a link has its card, with its picture from here", async ({ page }) => {
  const wrong = watch(page);
  const outside: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith("data:")) outside.push(request.url());
  });
  await signIn(page, server.url, "ada");
  await page.goto(`${server.url}/local`);
  const card = page.getByRole("link", { name: /lighthouse keeper/ }).first();
  await expect(card).toContainText("Harbour Review · Ines Faro");
  await expect(card).toHaveAttribute("href", `http://127.0.0.1:${port}/lighthouse`);
  await expect(card).toHaveAttribute("rel", /noopener.*noreferrer/);
  const image = card.getByRole("img", { name: "Stripes of colour" });
  await expect.poll(() => image.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBeGreaterThan(600);
  await expect(page.getByRole("link", { name: /Tide tables/ }).first()).toBeVisible();
  // The page was read once for three posts, and nobody's browser goes there.
  expect(asked.filter((path) => path === "/lighthouse")).toHaveLength(1);
  expect(outside).toEqual([]);
  expect(wrong).toEqual([]);
});

test("trends lead to their tags, pages and posts", async ({ page }) => {
  await signIn(page, server.url, "ada");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Explore" }).click();
  await expect(page.getByRole("heading", { name: "Explore" })).toBeVisible();
  await expect(page.getByRole("link", { name: /#harbour.*3 people/ })).toBeVisible();
  await expect(page.getByRole("link", { name: /lighthouse keeper/ }).first()).toBeVisible();
  await expect(page.getByRole("article").filter({ hasText: "The whole town came" })).toBeVisible();
  await page.getByRole("link", { name: /#harbour/ }).first().click();
  await expect(page.getByRole("heading", { name: "#harbour" })).toBeVisible();
  await page.goBack();
  await page.getByRole("searchbox").first().fill("launch");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/search\?q=launch/);
  await expect(page.getByRole("article").filter({ hasText: "The whole town came" })).toBeVisible();
});

test("people are suggested with the reason, dismissed, brought back and followed", async ({ page }) => {
  await signIn(page, server.url, "ada");
  await page.goto(`${server.url}/explore?tab=people`);
  const suggested = page.getByRole("region", { name: "You may want to follow" }).getByRole("listitem");
  const aiko = suggested.filter({ hasText: "@aiko" });
  const mara = suggested.filter({ hasText: "@mara" });
  await expect(aiko).toContainText("Followed by");
  await expect(mara).toContainText(/Also interested in .*Sailing/);
  await aiko.getByRole("button", { name: "Do not suggest @aiko" }).click();
  await expect(aiko).toHaveCount(0);
  await page.reload();
  await expect(mara).toBeVisible();
  await expect(aiko).toHaveCount(0);
  await mara.getByRole("button", { name: "Do not suggest @mara" }).click();
  await expect(mara).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(mara).toBeVisible();
  await mara.getByRole("button", { name: /^Follow, @mara/ }).click();
  await expect(mara.getByRole("button", { name: /^Following, @mara/ })).toBeVisible();
  const everybody = page.getByRole("region", { name: "Everybody" });
  await everybody.getByRole("button", { name: "New" }).click();
  await expect(everybody.getByText("@fresh")).toBeVisible();
});

test("an interest becomes one's own by a press, and no longer by another", async ({ page }) => {
  await signIn(page, server.url, "ada");
  await page.goto(`${server.url}/explore?tab=interests`);
  const baking = page.getByRole("button", { name: /Baking/ });
  await expect(baking).toHaveAttribute("aria-pressed", "false");
  await baking.click();
  await expect(baking).toHaveAttribute("aria-pressed", "true");
  await expect(baking).toContainText("2 people");
  await baking.click();
  await expect(baking).toHaveAttribute("aria-pressed", "false");
});

const looks = join(import.meta.dirname, "../test-results/looks");
const shown = (words: string | RegExp) => (page: Page) => expect(page.getByText(words).first()).toBeVisible();
const screens: { name: string; path: string; ready: (page: Page) => Promise<unknown>; as: "ada" | "fresh" | "nobody" }[] = [
  { name: "explore", path: "/explore", ready: shown("The whole town came"), as: "ada" },
  { name: "explore-people", path: "/explore?tab=people", ready: shown("@fresh"), as: "ada" },
  { name: "explore-interests", path: "/explore?tab=interests", ready: shown("Sailing"), as: "ada" },
  { name: "explore-people-fresh", path: "/explore?tab=people", ready: shown("@mara"), as: "fresh" },
  { name: "explore-stranger", path: "/explore", ready: shown("The whole town came"), as: "nobody" },
  { name: "explore-cards", path: "/local", ready: shown("lighthouse keeper"), as: "ada" },
];

for (const theme of ["light", "dark"] as const)
  for (const [place, size] of [["desk", { width: 1280, height: 800 }], ["phone", { width: 390, height: 844 }]] as const)
    test(`how it looks on a ${place}, ${theme}`, async ({ browser }) => {
      mkdirSync(looks, { recursive: true });
      for (const who of ["ada", "fresh", "nobody"] as const) {
        const page = await (await browser.newContext({ colorScheme: theme, viewport: size, reducedMotion: "reduce" })).newPage();
        const wrong = watch(page);
        if (who !== "nobody") await signIn(page, server.url, who);
        for (const { name, path, ready } of screens.filter((one) => one.as === who)) {
          await page.goto(server.url + path);
          await ready(page);
          await expect.poll(() => page.evaluate(() => [...document.images].every((one) => one.complete || one.loading === "lazy"))).toBe(true);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          expect(wide, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
          await page.screenshot({ path: join(looks, `${name}-${place}-${theme}.png`) });
          await expectAccessible(page);
        }
        expect(wrong).toEqual([]);
        await page.context().close();
      }
    });

test("staff hide what trends, and nobody is shown it", async ({ page }) => {
  const wrong = watch(page);
  makeStaff(server, "rosa", "admin");
  await openPanel(page, server, "rosa", "/trends");
  const row = page.getByRole("row").filter({ hasText: "tides" });
  await expect(row).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: join(looks, "admin-trends-real-desk-light.png") });
  await row.getByRole("button", { name: "Hide" }).click();
  const shown = async () => (await (await fetch(`${server.url}/api/v1/trends/tags`)).json()).map((tag: { name: string }) => tag.name);
  await expect.poll(shown, { timeout: 30_000 }).toEqual(["harbour"]);
  expect(wrong).toEqual([]);
});
