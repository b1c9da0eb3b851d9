// Short names for the shapes of schema.ts, so that the rest of the client never spells the path out.
// schema.ts is generated from docs/use/openapi.json by `npm run gen`.
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type CredentialAccount = Schemas["CredentialAccount"];
export type Status = Schemas["Status"];
export type DeletedStatus = Schemas["DeletedStatus"];
export type MediaAttachment = Schemas["MediaAttachment"];
export type Visibility = Status["visibility"];
export type WhoMayMessage = Schemas["SourceExtra"]["who_may_message"];
export type StatusSource = Schemas["StatusSource"];
export type StatusEdit = Schemas["StatusEdit"];
export type Context = Schemas["Context"];
export type ChatMessage = Schemas["ChatMessage"] & {
  media_attachments?: MediaAttachment[];
  /** The post of this community that it links to, where one may see it. */
  status?: Status | null;
};
export type Chat = Omit<Schemas["Chat"], "last_message"> & {
  last_message: ChatMessage | null;
  picture?: string | null;
};
export type ChatPage = { chats: Chat[]; accounts: Account[]; next: string | null };
export type OneChat = { chat: Chat; accounts: Account[] };
export type MessagePage = { messages: ChatMessage[]; accounts: Account[]; read_number: number };
export type ChatMember = Schemas["ChatMember"];
export type ChatReceipt = { account_id: string; delivered_number: number; read_number: number };
export type ChatSearch = { messages: ChatMessage[]; chats: Chat[]; accounts: Account[]; next: string | null };
/** What one lets others see of one's messages; an older server says the first alone. */
export type MessagePrivacy = {
  who_may_message: WhoMayMessage;
  who_sees_presence?: WhoMayMessage;
  read_receipts?: boolean;
  typing_indicators?: boolean;
};
export type Relationship = Schemas["Relationship"];
export type FamiliarFollowers = Schemas["FamiliarFollowers"];
export type NoticeType = Schemas["Notification"]["type"];
export type Notification = Schemas["Notification"];
export type NoticeGroup = Schemas["NotificationGroup"];
export type GroupedNotices = Schemas["GroupedNotificationsResults"];
export type NoticePolicy = Schemas["NotificationPolicy"];
/** Those that one chooses oneself. */
export const noticePolicies = [
  "for_not_following",
  "for_not_followers",
  "for_new_accounts",
  "for_private_mentions",
] as const satisfies readonly (keyof NoticePolicy)[];
export type NoticeRequest = Schemas["NotificationRequest"];
export type NoticeWishes = Schemas["NotificationPreferences"];
export type Channel = keyof Schemas["Channels"];
export const channels = ["in_app", "email", "push"] as const satisfies readonly Channel[];
export type PushKeys = { endpoint: string; keys: { p256dh: string; auth: string } };
export type Announcement = Schemas["AnnouncementView"];
export type Report = Schemas["Report"];
export type ReportCategory = Report["category"];
export type PreviewCard = Schemas["PreviewCard"];
export type TrendsLink = Schemas["TrendsLink"];
export type Suggestion = Schemas["Suggestion"];
export type Tag = Schemas["Tag"];
export type Search = Schemas["Search"];
export type Marker = Schemas["MarkerView"];
export type Instance = Schemas["InstanceV2"];
export type Session = Schemas["Session"];
export type SignUpPending = Schemas["SignUpPending"];
export type ClientErrorForm = Schemas["ClientErrorForm"];
export type Setup = Schemas["Setup"];
export type Device = Schemas["Device"];
export type Looks = Schemas["LooksForm"];
export type InsightSplit = Schemas["InsightSplit"];
export type PostInsight = Schemas["PostInsight"];
export type InsightPoint = Schemas["InsightPoint"];
export type AccountInsight = Schemas["AccountInsight"];
export type InsightBest = Schemas["InsightBest"];
export type Interest = Schemas["InterestView"];
export type Problem = Schemas["Problem"];
