// What each place of the panel needs. What one may not do one does not see; the server refuses it, too.
export type Permission =
  | "view_operations"
  | "view_audit_log"
  | "view_dashboard"
  | "manage_reports"
  | "manage_settings"
  | "manage_blocks"
  | "manage_trends"
  | "manage_appeals"
  | "manage_people"
  | "manage_invites"
  | "manage_rules"
  | "manage_announcements"
  | "manage_roles"
  | "manage_access"
  | "delete_people";

export const needs = {
  home: "view_dashboard",
  cases: "manage_reports",
  appeals: "manage_appeals",
  people: "manage_people",
  posts: "manage_reports",
  media: "manage_reports",
  "sign-ups": "manage_people",
  invites: "manage_invites",
  rules: "manage_rules",
  blocks: "manage_blocks",
  announcements: "manage_announcements",
  trends: "manage_trends",
  jobs: "view_operations",
  logs: "view_operations",
  errors: "view_operations",
  audit: "view_audit_log",
  team: "manage_roles",
  settings: "manage_settings",
} as const satisfies Record<string, Permission>;

export type Place = keyof typeof needs;
export const places = Object.keys(needs).filter((name): name is Place => name in needs);

export type Powers = ReadonlySet<string>;
export const may = (powers: Powers, permission: Permission) => powers.has(permission);
export const sees = (powers: Powers, place: Place) => powers.has(needs[place]);
/** Where somebody begins: the first place that they see. */
export const beginning = (powers: Powers): Place | undefined => places.find((place) => sees(powers, place));
