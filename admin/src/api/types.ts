// Short names for the shapes of the API's document. web/src/api/schema.ts is made from docs/use/openapi.json.
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Person = Schemas["AdminAccount"];
export type Account = Schemas["Account"];
export type CaseFile = Schemas["FileView"];
export type Case = Schemas["CaseView"];
export type Report = Schemas["ReportView"];
export type Decision = Schemas["DecisionView"];
export type Appeal = Schemas["AppealRow"];
export type AuditEntry = Schemas["EntryView"];
export type Roles = Schemas["RolesView"];
export type Role = Schemas["RoleView"];
export type Invite = Schemas["InviteView"];
export type House = Schemas["HouseView"];
export type EmailDomainBlock = Schemas["AdminEmailDomainBlock"];
export type AddressBlock = Schemas["AdminIpBlock"];
export type CredentialAccount = Schemas["CredentialAccount"];
export type Session = Schemas["Session"];

export type PersonRow = {
  person: Person;
  posts: number;
  followers: number;
  following: number;
  reports: number;
  last_active_at: string | null;
  origin: string;
  bytes: number;
};
export type PersonFile = PersonRow & {
  standing: string;
  invited_by: Person | null;
  decisions: number;
  reports_by: number;
  notes: number;
  sessions: number;
  apps: number;
  suspended_until_purge_at: string | null;
};
export type Device = {
  id: string;
  name: string;
  created_at: string;
  last_used_at: string | null;
  kind: string;
};
export type Note = { id: string; by: Person | null; created_at: string; text: string; own: boolean };
export type ReportRow = {
  id: string;
  case_id: string;
  created_at: string;
  category: string;
  comment: string;
  by: Person | null;
  about: Person | null;
  state: string;
};
export type PostRow = {
  id: string;
  created_at: string;
  author: Person;
  content: string;
  text: string;
  warning: string;
  sensitive: boolean;
  visibility: string;
  media: { id: string; type: string; preview_url: string | null; url: string | null; description: string }[];
  likes: number;
  shares: number;
  replies: number;
  open_case_id: string | null;
  url: string;
};
export type MediaRow = {
  id: string;
  created_at: string;
  owner: Person | null;
  class: string;
  bytes: number;
  state: string;
  use: string;
  post_id: string | null;
  preview_url: string | null;
  description: string;
};
export type Totals = {
  counted_at: string | null;
  classes: { class: string; files: number; bytes: number }[];
};
export type Tile = {
  key: string;
  total: number;
  before: number;
  series: { date: string; value: number }[];
};
export type Cohort = {
  period: string;
  people: number;
  data: { date: string; rate: number; value: number }[];
};
export type HomeView = {
  days: number;
  tiles: Tile[];
  retention: Cohort[];
  cases: {
    open: number;
    more: boolean;
    by_age: { age: string; count: number }[];
    oldest_at: string | null;
  };
  sign_ups_waiting: number;
  appeals_waiting: number;
  jobs: { ready: number; delayed: number; leased: number; dead: number; next_due_at: string | null } | null;
  storage: Totals;
  versions: { key: string; name: string; version: string }[];
};
export type JobsView = {
  queue: { ready: number; delayed: number; leased: number; dead: number };
  events_waiting: number;
  next_due_at: string | null;
  kinds: string[];
  schedules: {
    name: string;
    every: string;
    kind: string;
    last_run_at: string | null;
    next_run_at: string | null;
  }[];
};
export type DeadJob = {
  key: string;
  kind: string;
  attempts: number;
  error: string;
  died_at: string;
  body: unknown;
};
export type LogLine = {
  id: string;
  at: string;
  level: string;
  target: string;
  message: string;
  trace: string | null;
  request: string | null;
  fields: Record<string, unknown>;
};
export type ErrorGroup = {
  id: string;
  source: string;
  title: string;
  place: string;
  first_at: string;
  last_at: string;
  count: number;
  first_version: string;
  last_version: string;
  detail: string;
  request: string;
  trace: string;
  state: string;
  reopened: number;
};
export type Announcement = {
  id: string;
  text: string;
  content: string;
  starts_at: string | null;
  ends_at: string | null;
  all_day: boolean;
  state: string;
  created_at: string;
  updated_at: string;
  published_at: string | null;
  reactions: { name: string; count: number }[];
};
export type Setting = { value: string; usual: string; changed: boolean };
export type SettingsView = Record<"title" | "description" | "contact_email" | "registrations", Setting>;
export type Trend = {
  kind: string;
  id: string;
  title: string;
  url: string;
  by: string | null;
  picture: string | null;
  state: string;
  rank: number | null;
  score: number;
  people_today: number;
  people_week: number;
  history: { day: string; uses: string; accounts: string }[];
};

/** What staff send to decide. */
export type Ruling = {
  measures: string[];
  post_ids: string[];
  message?: string;
  reporter_message?: string;
  reason: string;
};
