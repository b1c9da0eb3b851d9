// Jobs that failed for good, seen and mended in the panel: mail that a server refuses until it does not.
import { expect, test } from "@playwright/test";
import { person } from "../support/api.ts";
import { type MailServer, startMail } from "../support/mail.ts";
import { expectAccessible, watch } from "../support/people.ts";
import { type Server, startServer } from "../support/server.ts";
import { makeStaff, openPanel } from "../support/staff.ts";

let server: Server;
let mail: MailServer;

test.beforeAll(async () => {
  mail = await startMail();
  server = await startServer({ mail: mail.setting });
  for (const handle of ["ada", "bob", "eve"]) await person(server, handle);
  makeStaff(server, "rosa", "admin");
});

test.afterAll(async () => {
  await server?.stop();
  await mail?.stop();
});

test("a job that failed for good is seen, tried again when its cause is gone, and done", async ({ page }) => {
  const wrong = watch(page);
  for (const handle of ["ada", "bob", "eve"]) {
    const answer = await fetch(`${server.url}/api/sociosphere/v1/auth/reset`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Sociosphere": "1" },
      body: JSON.stringify({ email: `${handle}@example.org` }),
    });
    expect(answer.ok).toBe(true);
  }
  await openPanel(page, server, "rosa", "/jobs");
  const letters = page.getByRole("region", { name: "Dead letters" });
  const rows = letters.getByRole("row").filter({ has: page.getByRole("button", { name: "Retry" }) });
  // The queue gives a mail up as soon as it is refused for good.
  await expect(async () => {
    await page.reload();
    await expect(rows).toHaveCount(3, { timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
  await expect(rows.first()).toContainText("554");
  await expectAccessible(page);
  mail.accept();
  await rows.first().getByRole("button", { name: "Retry" }).click();
  await expect(page.getByText("1 job is queued again.")).toBeVisible();
  await expect(rows).toHaveCount(2);
  await expect.poll(() => mail.taken()).toBe(1);
  // One is dropped, and thought better of; then both are tried.
  await rows.first().getByRole("button", { name: "Drop" }).click();
  await expect(rows).toHaveCount(1);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rows).toHaveCount(2);
  await letters.getByRole("button", { name: "Retry all" }).click();
  await expect(letters.getByText("No dead letters.")).toBeVisible();
  await expect.poll(() => mail.taken()).toBe(3);
  await page.goto(`${server.url}/admin/audit`);
  await expect(page.getByText("retry jobs").first()).toBeVisible();
  expect(wrong).toEqual([]);
});
