// The client as an app: it can be installed, opens without a connection, says when a new version waits, and shows what
// is pushed. A real push service cannot be reached from here, so a push is handed to the worker as the browser would.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type CDPSession, type Page, chromium, expect, test } from "@playwright/test";
import { type Person, person } from "../support/api.ts";
import { expectAccessible, signIn, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";

test.describe.configure({ mode: "serial" });

const profile = mkdtempSync(join(tmpdir(), "sociosphere-profile-"));
let server: Server;
let context: BrowserContext;
let page: Page;
let her: Person;
let wrong: string[];

const post = (text: string) => page.getByRole("article").filter({ hasText: text });

/** What is kept on the device, as text. */
const kept = () =>
  page.evaluate(
    () =>
      new Promise<string>((done) => {
        const opening = indexedDB.open("sociosphere-cache");
        opening.onsuccess = () => {
          const db = opening.result;
          const close = (text: string) => {
            db.close();
            done(text);
          };
          if (!db.objectStoreNames.contains("cache")) return close("");
          const all = db.transaction("cache").objectStore("cache").getAll();
          all.onsuccess = () => close(JSON.stringify(all.result));
        };
      }),
  );
const controlled = () => page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");

test.beforeAll(async () => {
  server = await startServer();
  her = await person(server, "ines", "Ines Ferreira");
  await her.call("POST", "/api/v1/statuses", { status: "The last thing before the tunnel" });
  // A browser with a profile: in a private window nothing is installed.
  const { launchOptions } = test.info().project.use;
  context = await chromium.launchPersistentContext(profile, { ...launchOptions, viewport: { width: 390, height: 844 } });
  page = await context.newPage();
  wrong = watch(page);
  await signIn(page, server.url, "ines");
  await expect(post("before the tunnel")).toBeVisible();
  await controlled();
});

test.afterAll(async () => {
  await context?.close();
  await server?.stop();
  rmSync(profile, { recursive: true, force: true });
});

test("the browser finds all that an app needs", async () => {
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  expect(installabilityErrors).toEqual([]);
  const { url, data, errors } = await session.send("Page.getAppManifest");
  expect(url).toBe(`${server.url}/manifest.webmanifest`);
  expect(errors).toEqual([]);
  const manifest = JSON.parse(data ?? "{}");
  expect(manifest.icons.map((one: { purpose: string }) => one.purpose)).toContain("maskable");
  for (const { src, sizes, type } of manifest.icons) {
    const answer = await page.request.get(server.url + src);
    expect(answer.headers()["content-type"]).toContain(type);
    if (sizes === "any") continue;
    const bytes = await answer.body();
    expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(sizes);
  }
  await session.detach();
});

test("the app's shortcut for a new post opens the composer, once", async () => {
  await page.goto(`${server.url}/?compose`);
  await expect(page.getByRole("dialog").getByRole("textbox").first()).toBeFocused();
  await expect(page).toHaveURL(`${server.url}/`);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("the worker is asked for anew each time, and has a policy of its own", async () => {
  const { headers } = await page.evaluate(async () => {
    const answer = await fetch("/sw.js", { cache: "no-store" });
    return { headers: Object.fromEntries(answer.headers) };
  });
  expect(headers["cache-control"]).toBe("no-cache");
  expect(headers["content-security-policy"]).toContain("connect-src 'self'");
  expect(headers["content-type"]).toContain("javascript");
});

test("without a connection the client opens, and the last feed can be read", async () => {
  await expect.poll(kept).toContain("before the tunnel");
  await context.setOffline(true);
  await page.reload();
  await expect(post("before the tunnel")).toBeVisible();
  await expect(page.locator(".connection")).toContainText("You are offline");
  await expectAccessible(page);
  // Nothing of the server is answered from what is kept.
  const reached = await page.evaluate(() =>
    fetch("/api/v2/instance").then(
      () => "answered",
      () => "not answered",
    ),
  );
  expect(reached).toBe("not answered");
  const other = await context.newPage();
  await expect(other.goto(`${server.url}/admin`)).rejects.toThrow(/ERR_INTERNET_DISCONNECTED|ERR_FAILED/);
  await other.close();
});

test("a post that was written then goes out after a restart of the browser's tab, once", async () => {
  await page.getByRole("button", { name: "New post" }).click();
  await page.getByRole("dialog").getByRole("textbox").first().fill("Written in the tunnel");
  await page.getByRole("dialog").getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("region", { name: "Waiting to go out" })).toContainText("Written in the tunnel");
  await page.reload();
  await expect(page.getByRole("region", { name: "Waiting to go out" })).toContainText("Written in the tunnel");
  await context.setOffline(false);
  await expect(page.getByRole("region", { name: "Waiting to go out" })).toHaveCount(0);
  await expect(page.locator(".connection")).toHaveCount(0);
  const said = await her.call<{ content: string }[]>("GET", `/api/v1/accounts/${her.id}/statuses`);
  expect(said.filter((one) => one.content.includes("Written in the tunnel"))).toHaveLength(1);
  await page.reload();
  await expect(post("Written in the tunnel")).toBeVisible();
});

test("a new version says that it is ready, and takes over when one reloads", async () => {
  await controlled();
  const toast = page.locator(".toast").filter({ hasText: "A new version is ready." }).first();
  let looked = false;
  // A page that has just come registers its own worker when all else is there, which then is the newest: that is tried again.
  await expect(async () => {
    // Another address is another worker, as another build would be.
    await page.evaluate(async () => {
      const { createPolicy } = (window as any).trustedTypes;
      const policy = createPolicy.call((window as any).trustedTypes, `story${Date.now()}`, { createScriptURL: (path: string) => path });
      await navigator.serviceWorker.register(policy.createScriptURL("/sw.js?next"), { scope: "/" });
    });
    await expect(toast).toBeVisible({ timeout: 5_000 });
    if (!looked) await expectAccessible(page);
    looked = true;
    await toast.getByRole("button", { name: "Reload" }).click({ timeout: 5_000 });
    await page.waitForFunction(() => navigator.serviceWorker.controller?.scriptURL.endsWith("?next"), undefined, { timeout: 5_000 });
  }).toPass({ timeout: 60_000 });
  await expect(post("Written in the tunnel")).toBeVisible();
});

test("a push is shown by the worker while no tab is open", async () => {
  await context.grantPermissions(["notifications"], { origin: server.url });
  const session = await context.newCDPSession(page);
  const registration = registrationOf(session);
  await session.send("ServiceWorker.enable");
  const registrationId = await registration;
  await page.goto("about:blank");
  const data = JSON.stringify({
    notification_id: "41",
    notification_type: "mention",
    title: "Tomasz Nowak mentioned you",
    body: "Is the ferry late?",
    icon: "https://elsewhere.example/face.png",
  });
  await session.send("ServiceWorker.deliverPushMessage", { origin: server.url, registrationId, data });
  await page.goto(server.url);
  const shown = () =>
    page.evaluate(async () => {
      const list = await (await navigator.serviceWorker.ready).getNotifications();
      return list.map(({ title, body, icon, tag, data }) => ({ title, body, icon, tag, data }));
    });
  await expect.poll(shown).toEqual([
    {
      title: "Tomasz Nowak mentioned you",
      body: "Is the ferry late?",
      icon: `${server.url}/icon-192.png`,
      tag: "notification-41",
      data: "/notifications",
    },
  ]);
});

function registrationOf(session: CDPSession): Promise<string> {
  return new Promise((found) =>
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const ours = registrations.find((one) => one.scopeURL === `${server.url}/`);
      if (ours) found(ours.registrationId);
    }),
  );
}

test("who signs out leaves nothing on the device", async () => {
  await expect.poll(kept).toContain("before the tunnel");
  await page.goto(`${server.url}/settings`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "SocioSphere" })).toBeVisible();
  await expect.poll(kept).toBe("[]");
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByRole("heading", { name: "SocioSphere" })).toBeVisible();
  await expect(post("before the tunnel")).toHaveCount(0);
});

test("nothing of this broke the page's rules", () => {
  expect(wrong).toEqual([]);
});
