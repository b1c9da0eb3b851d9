// What people do again and again in the stories.
import { AxeBuilder } from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";

export const PASSWORD = "a harbour in the evening";

export async function signUp(page: Page, url: string, handle: string, name: string) {
  await page.goto(url);
  await page.getByLabel("Handle", { exact: true }).fill(handle);
  await page.getByLabel("Name (optional)").fill(name);
  await page.getByLabel("E-mail", { exact: true }).fill(`${handle}@example.org`);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  const agree = page.getByRole("checkbox");
  if (await agree.count()) await agree.first().check();
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Home" })).toBeVisible();
}

export async function signIn(page: Page, base: string, handle: string) {
  await page.goto(`${base}/sign-in`);
  await page.getByLabel("Handle or e-mail").fill(handle);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Home" })).toBeVisible();
}

/** What fades in or out is over: colours measured in between are nobody's. What turns for ever is not waited for. */
export const settled = (page: Page) =>
  page.waitForFunction(() =>
    document.getAnimations().every((one) => one.playState !== "running" || one.effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY),
  );

/** No rule of axe that concerns people is broken on the page as it stands; `soft` tells all of a walk at its end. */
export async function expectAccessible(page: Page, soft = false) {
  await settled(page);
  const found = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    // What keeps the focus inside of a menu: it hands the focus on at once, and nobody ever rests there.
    .exclude("[data-base-ui-focus-guard]")
    .analyze();
  (soft ? expect.soft : expect)(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
}

/** Fails the story when the page broke its content security policy or an exception went uncaught. */
export function watch(page: Page): string[] {
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    if (/content security policy|trusted ?type|^\w*Error: /i.test(message.text())) wrong.push(message.text());
  });
  return wrong;
}
