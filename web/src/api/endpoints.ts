// Every route the client uses, by what a person does. Features call these and never spell a path.
import { asked, call, change, get, page, pageOf, tell, tellAsMe } from "./client";
import type {
  Account,
  AccountInsight,
  Announcement,
  ClientErrorForm,
  Context,
  CredentialAccount,
  DeletedStatus,
  Device,
  FamiliarFollowers,
  GroupedNotices,
  Instance,
  Interest,
  Looks,
  Marker,
  MediaAttachment,
  NoticePolicy,
  NoticeRequest,
  NoticeWishes,
  PostInsight,
  PushKeys,
  Relationship,
  Report,
  ReportCategory,
  Search,
  Session,
  Setup,
  SignUpPending,
  Status,
  StatusEdit,
  StatusSource,
  Suggestion,
  Tag,
  TrendsLink,
  Visibility,
  WhoMayMessage,
} from "./types";

const own = "/api/sociosphere/v1";
const v1 = "/api/v1";
/** A list is read by its first path or by the `next` that the page before it gave. */
export type Cursor = string | null;

export const instance = () => get<Instance>("/api/v2/instance");
export const setup = () => get<Setup>(`${own}/setup`);
export const interests = () => get<Interest[]>(`${own}/interests`);

export type SignUp = {
  handle: string;
  email: string;
  password: string;
  display_name?: string;
  invite?: string;
  reason?: string;
  owner_token?: string;
  locale?: string;
};
export const auth = {
  signIn: (login: string, password: string) =>
    change<Session>("POST", `${own}/auth/sign-in`, { login, password }),
  signUp: (form: SignUp) =>
    asked<Session | SignUpPending>(`${own}/auth/sign-up`, { method: "POST", json: form }),
  devices: () => get<Device[]>(`${own}/auth/devices`),
  revoke: (id: string) => change("DELETE", `${own}/auth/devices/${id}`),
  password: (current: string, next: string) => change("POST", `${own}/auth/password`, { current, new: next }),
  email: (password: string, email: string) => change("POST", `${own}/auth/email`, { password, email }),
  reset: (email: string) => change("POST", `${own}/auth/reset`, { email }),
  confirmation: () => change("POST", `${own}/auth/confirmation`),
  remove: (password: string) => change("POST", `${own}/auth/delete`, { password }),
};

export type NewReport = {
  account_id: string;
  status_ids: string[];
  category: ReportCategory;
  rule_ids: string[];
  comment: string;
  chat_id?: string;
  message_ids?: string[];
};
export const reports = {
  make: (report: NewReport) => change<Report>("POST", `${v1}/reports`, report),
};

export const timelines = {
  home: (cursor: Cursor, signal?: AbortSignal) =>
    page<Status>(cursor ?? `${v1}/timelines/home?limit=20`, undefined, signal),
  local: (cursor: Cursor, signal?: AbortSignal) =>
    page<Status>(cursor ?? `${v1}/timelines/public?local=true&limit=20`, undefined, signal),
  tag: (tag: string) => (cursor: Cursor, signal?: AbortSignal) =>
    page<Status>(cursor ?? `${v1}/timelines/tag/${encodeURIComponent(tag)}?limit=20`, undefined, signal),
  bookmarks: (cursor: Cursor, signal?: AbortSignal) =>
    page<Status>(cursor ?? `${v1}/bookmarks?limit=20`, undefined, signal),
  likes: (cursor: Cursor, signal?: AbortSignal) =>
    page<Status>(cursor ?? `${v1}/favourites?limit=20`, undefined, signal),
  account: (id: string, query: Record<string, string | boolean>) => (cursor: Cursor, signal?: AbortSignal) =>
    page<Status>(
      cursor ?? `${v1}/accounts/${id}/statuses`,
      cursor ? undefined : { limit: 20, ...query },
      signal,
    ),
  latest: () => page<Status>(`${v1}/timelines/public?local=true&limit=12`),
};

export type Draft = {
  status: string;
  spoiler_text?: string;
  sensitive?: boolean;
  visibility?: Visibility;
  language?: string;
  in_reply_to_id?: string;
  media_ids?: string[];
  media_attributes?: { id: string; description: string; focus: string }[];
};
export type StatusVerb =
  | "favourite"
  | "unfavourite"
  | "reblog"
  | "unreblog"
  | "bookmark"
  | "unbookmark"
  | "pin"
  | "unpin"
  | "mute"
  | "unmute";
export const statuses = {
  one: (id: string) => get<Status>(`${v1}/statuses/${id}`),
  context: (id: string) => get<Context>(`${v1}/statuses/${id}/context`),
  source: (id: string) => get<StatusSource>(`${v1}/statuses/${id}/source`),
  history: (id: string) => get<StatusEdit[]>(`${v1}/statuses/${id}/history`),
  verb: (id: string, verb: StatusVerb) => change<Status>("POST", `${v1}/statuses/${id}/${verb}`),
  remove: (id: string) => change<DeletedStatus>("DELETE", `${v1}/statuses/${id}`),
  edit: (id: string, draft: Draft) => change<Status>("PUT", `${v1}/statuses/${id}`, draft),
  publish: async (draft: Draft, key: string) =>
    (
      await asked<Status>(`${v1}/statuses`, {
        method: "POST",
        json: draft,
        headers: { "Idempotency-Key": key },
      })
    ).body,
  likedBy: (id: string) => (cursor: Cursor) =>
    page<Account>(cursor ?? `${v1}/statuses/${id}/favourited_by?limit=40`),
  sharedBy: (id: string) => (cursor: Cursor) =>
    page<Account>(cursor ?? `${v1}/statuses/${id}/reblogged_by?limit=40`),
};

export const media = {
  path: "/api/v2/media",
  /** 206 means that it is still being prepared. */
  look: (id: string, signal?: AbortSignal) => asked<MediaAttachment>(`${v1}/media/${id}`, { signal }),
  describe: (id: string, description: string, focus: string) =>
    change<MediaAttachment>("PUT", `${v1}/media/${id}`, { description, focus }),
};

export type AccountVerb =
  | "follow"
  | "unfollow"
  | "block"
  | "unblock"
  | "mute"
  | "unmute"
  | "remove_from_followers"
  | "note";
export type ProfileEdit = {
  display_name?: string;
  note?: string;
  locked?: boolean;
  discoverable?: boolean;
  indexable?: boolean;
  hide_collections?: boolean;
  fields?: { name: string; value: string }[];
  interests?: string[];
  who_may_message?: WhoMayMessage;
  who_sees_presence?: WhoMayMessage;
  read_receipts?: boolean;
  typing_indicators?: boolean;
  privacy?: Visibility;
  avatar?: File;
  header?: File;
};
export const accounts = {
  byHandle: (handle: string) => get<Account>(`${v1}/accounts/lookup`, { acct: handle }),
  one: (id: string) => get<Account>(`${v1}/accounts/${id}`),
  relationships: (ids: readonly string[]) => get<Relationship[]>(`${v1}/accounts/relationships`, { id: ids }),
  familiar: (id: string) => get<FamiliarFollowers[]>(`${v1}/accounts/familiar_followers`, { id: [id] }),
  verb: (id: string, verb: AccountVerb, body?: Record<string, string | number | boolean>) =>
    change<Relationship>("POST", `${v1}/accounts/${id}/${verb}`, body),
  followers: (id: string) => (cursor: Cursor) =>
    page<Account>(cursor ?? `${v1}/accounts/${id}/followers?limit=40`),
  following: (id: string) => (cursor: Cursor) =>
    page<Account>(cursor ?? `${v1}/accounts/${id}/following?limit=40`),
  blocks: (cursor: Cursor) => page<Account>(cursor ?? `${v1}/blocks?limit=40`),
  mutes: (cursor: Cursor) => page<Account>(cursor ?? `${v1}/mutes?limit=40`),
  requests: (cursor: Cursor) => page<Account>(cursor ?? `${v1}/follow_requests?limit=40`),
  answer: (id: string, verb: "authorize" | "reject") =>
    change<Relationship>("POST", `${v1}/follow_requests/${id}/${verb}`),
  me: () => get<CredentialAccount>(`${v1}/accounts/verify_credentials`),
  edit: async (edit: ProfileEdit) =>
    (
      await asked<CredentialAccount>(`${v1}/accounts/update_credentials`, {
        method: "PATCH",
        form: profileForm(edit),
      })
    ).body,
};

function profileForm(edit: ProfileEdit): FormData {
  const form = new FormData();
  for (const [key, value] of Object.entries(edit)) {
    if (value === undefined || key === "fields" || key === "interests" || key === "privacy") continue;
    form.append(key, value instanceof File ? value : String(value));
  }
  if (edit.privacy) form.append("source[privacy]", edit.privacy);
  edit.fields?.forEach((field, index) => {
    form.append(`fields_attributes[${index}][name]`, field.name);
    form.append(`fields_attributes[${index}][value]`, field.value);
  });
  for (const interest of edit.interests ?? []) form.append("interests[]", interest);
  if (edit.interests?.length === 0) form.append("interests[]", "");
  return form;
}

export const notifications = {
  groups: (types: readonly string[], cursor: Cursor, signal?: AbortSignal) =>
    pageOf<GroupedNotices>(
      cursor ?? "/api/v2/notifications",
      cursor ? undefined : { limit: 40, types, expand_accounts: "full" },
      signal,
    ),
  unread: () => get<{ count: number }>(`${v1}/notifications/unread_count`),
  dismiss: (group: string) => change("POST", `/api/v2/notifications/${encodeURIComponent(group)}/dismiss`),
  clear: () => change("POST", `${v1}/notifications/clear`),
  policy: () => get<NoticePolicy>("/api/v2/notifications/policy"),
  choosePolicy: (policy: Partial<NoticePolicy>) =>
    change<NoticePolicy>("PATCH", "/api/v2/notifications/policy", policy),
  requests: (cursor: Cursor, signal?: AbortSignal) =>
    page<NoticeRequest>(cursor ?? `${v1}/notifications/requests?limit=40`, undefined, signal),
  answer: (id: string, verb: "accept" | "dismiss") =>
    change("POST", `${v1}/notifications/requests/${id}/${verb}`),
  wishes: () => get<NoticeWishes>(`${own}/notifications/preferences`),
  wish: (wishes: NoticeWishes) => change<NoticeWishes>("PUT", `${own}/notifications/preferences`, wishes),
};
/** Where this browser is told of what happens while no tab is open. */
export const push = {
  on: (subscription: PushKeys, alerts: Record<string, boolean>) =>
    change("POST", `${v1}/push/subscription`, {
      subscription: { ...subscription, standard: true },
      data: { policy: "all", alerts },
    }),
  off: () => change("DELETE", `${v1}/push/subscription`),
};
export const markers = {
  read: () => get<{ notifications?: Marker }>(`${v1}/markers`, { timeline: ["notifications"] }),
  write: (id: string) =>
    change<{ notifications?: Marker }>("POST", `${v1}/markers`, { notifications: { last_read_id: id } }),
};

export const announcements = {
  list: () => get<Announcement[]>(`${v1}/announcements`),
  dismiss: (id: string) => change("POST", `${v1}/announcements/${id}/dismiss`),
};

/** How many of the directory are read at once. */
const step = 40;
export const explore = {
  tags: () => get<Tag[]>(`${v1}/trends/tags`, { limit: 10 }),
  links: () => get<TrendsLink[]>(`${v1}/trends/links`, { limit: 10 }),
  posts: () => get<Status[]>(`${v1}/trends/statuses`, { limit: 20 }),
  suggestions: () => get<Suggestion[]>("/api/v2/suggestions", { limit: 20 }),
  dismiss: (id: string) => change("DELETE", `${v1}/suggestions/${id}`),
  restore: (id: string) => change("POST", `${own}/suggestions/${id}/restore`),
  // It goes by offset; a page may be short of those who may not be shown, so only an empty one is the end.
  directory: (order: "active" | "new") => async (cursor: Cursor) => {
    const offset = Number(cursor ?? 0);
    const items = await get<Account[]>(`${v1}/directory`, { order, local: true, offset, limit: step });
    return { items, next: items.length > 0 ? String(offset + step) : null };
  },
};

export const search = (
  q: string,
  options: { type?: string; limit?: number; offset?: number },
  signal?: AbortSignal,
) => get<Search>("/api/v2/search", { q, ...options }, signal);

/** Says what went wrong in the client. Nobody waits for it, and whether it arrives matters to nobody here. */
export function reportClientError(error: ClientErrorForm): void {
  tell(`${own}/client-errors`, error);
}

export const insights = {
  post: (id: string) => get<PostInsight>(`${own}/insights/posts/${id}`),
  account: (days: number) => get<AccountInsight>(`${own}/insights/account`, { days }),
  table: async (of: "account" | "posts", days: number) =>
    (await call(`${own}/insights/${of}.csv`, { query: { days } })).blob(),
  summary: () => get<{ weekly: boolean }>(`${own}/insights/summary`),
  wantSummary: (weekly: boolean) => change<{ weekly: boolean }>("PUT", `${own}/insights/summary`, { weekly }),
};

/** Says what the person looked at. What does not arrive does not count, and nobody waits for it. */
export function tellLooks(looks: Looks, leaving: boolean): void {
  tellAsMe(`${own}/insights/looks`, looks, leaving).catch(() => undefined);
}
