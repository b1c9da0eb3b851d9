// Messages and chats of tests.
import type { Chat, ChatMessage } from "@/api/types";

export const message = (number: number, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id: `m${number}`,
  chat_id: "c",
  number,
  account_id: "bo",
  content: `<p>${number}</p>`,
  text: null,
  reply_to: null,
  reactions: [],
  created_at: new Date(Date.UTC(2026, 10, 21, 12, 0, number)).toISOString(),
  edited_at: null,
  deleted: false,
  withheld: false,
  media_attachments: [],
  status: null,
  ...more,
});
export const messagesOf = (...numbers: number[]) => numbers.map((number) => message(number));

export const chat = (more: Partial<Chat> = {}): Chat => ({
  id: "c",
  kind: "direct",
  name: "",
  account_id: "bo",
  role: "member",
  asked_by: null,
  members_count: 2,
  muted: false,
  last_number: 0,
  read_number: 0,
  unread_count: 0,
  last_message: null,
  created_at: "",
  picture: null,
  ...more,
});
