// Staff in the stories: people with a role, and the panel as they open it.
import { type Page, expect } from "@playwright/test";
import { type Person, signedIn } from "./api.ts";
import { PASSWORD } from "./people.ts";
import type { Server } from "./server.ts";

export function makeStaff(server: Server, handle: string, role: "moderator" | "admin" | "owner") {
  server.command("account", "create", "--handle", handle, "--email", `${handle}@example.org`, "--password", PASSWORD, "--role", role, "--confirmed");
}

/** Opens a place of the panel; the same session as the community's. */
export async function openPanel(page: Page, server: Server, handle: string, path = "") {
  await page.goto(`${server.url}/admin${path}`);
  await page.getByLabel("Handle or e-mail").fill(handle);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("navigation", { name: "Panel" }).or(page.getByRole("button", { name: "Open the menu" })).first()).toBeVisible();
}

/** Somebody reports a post of another one, in as many words. */
export const report = (by: Person, about: Person, post: string | null, comment: string, category = "spam") =>
  by.call("POST", "/api/v1/reports", { account_id: about.id, status_ids: post ? [post] : [], category, comment });

export const staffToken = (server: Server, handle: string): Promise<Person> =>
  signedIn(server, handle, "read write admin:read admin:write");
