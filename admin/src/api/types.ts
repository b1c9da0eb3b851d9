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

export type PersonRow = Schemas["PersonRow"];
export type PersonFile = Schemas["PersonView"];
export type Device = Schemas["DoorView"];
export type Note = Schemas["NoteView"];
export type ReportRow = Schemas["ReportRow"];
export type PostRow = Schemas["StaffPost"];
export type MediaRow = Schemas["MediaRow"];
export type Totals = Schemas["TotalsView"];
export type HomeView = Schemas["HomeView"];
export type Tile = HomeView["tiles"][number];
export type Cohort = HomeView["retention"][number];
export type JobsView = Schemas["JobsView"];
export type DeadJob = Schemas["DeadView"];
export type LogLine = Schemas["LineView"];
export type ErrorGroup = Schemas["GroupView"];
export type Announcement = Schemas["AnnouncementRow"];
export type SettingsView = Schemas["SettingsView"];
export type Trend = Schemas["TrendView"];

/** What staff send to decide. */
export type Ruling = {
  measures: string[];
  post_ids: string[];
  message?: string;
  reporter_message?: string;
  reason: string;
};
