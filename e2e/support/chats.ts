// Chats as people see and use them in the stories.
import { type Locator, type Page, expect } from "@playwright/test";
import type { Person } from "./api.ts";
import type { Server } from "./server.ts";

export const chatsApi = "/api/sociosphere/v1/chats";
/** What stands under a message that the server has, however far it came. */
export const arrived = /^(Sent|Delivered|Read)/;

export const box = (page: Page) => page.getByRole("textbox", { name: /^Message / });
export const stream = (page: Page) => page.getByRole("region", { name: "Messages" });
export const said = (page: Page, words: string) => stream(page).getByRole("article").filter({ hasText: words });
export const row = (page: Page, name: string) => page.locator("[data-chat]").filter({ hasText: name });
export const details = (page: Page) => page.getByRole("dialog", { name: "About this chat" });

export async function write(page: Page, words: string) {
  await box(page).fill(words);
  await box(page).press("Enter");
}

/** Opens a chat by its address, as far as one can write in it. */
export async function openChat(page: Page, server: Server, chat: string) {
  await page.goto(`${server.url}/chats/${chat}`);
  await expect(box(page)).toBeVisible();
}

/** What one can do with a message, by the menu that it shows when it is pointed at. */
export async function choose(page: Page, message: Locator, entry: string) {
  await message.hover();
  await message.getByRole("button", { name: "More about this message" }).click();
  await page.getByRole("menuitem", { name: entry }).click();
}

let count = 0;
export const say = (by: Person, to: string, text: string) =>
  by.call("POST", `${chatsApi}/${to}/messages`, { text, client_id: `story-${(count += 1)}` });

/** Two people who talk already: the id of their chat, in which the first said a word. */
export async function chatBetween(one: Person, other: Person, word = "Good morning"): Promise<string> {
  await other.call("POST", `/api/v1/accounts/${one.id}/follow`);
  const { chat } = await one.call("POST", chatsApi, { account_id: other.id });
  await say(one, chat.id, word);
  return chat.id;
}
