// What each list of the panel asks the server, and how one thing of it is read and changed. Filters and sorts are the
// server's words. react-admin wants an `id` on everything: where the API has another key, it is put there.
import { nextOf } from "@/api/client";
import { answerOf, read, send, staff } from "./ask";
import type { Listing } from "./keyset";
import type {
  AddressBlock,
  Announcement,
  Appeal,
  AuditEntry,
  Case,
  CaseFile,
  DeadJob,
  EmailDomainBlock,
  ErrorGroup,
  Invite,
  LogLine,
  MediaRow,
  Person,
  PersonFile,
  PersonRow,
  PostRow,
  ReportRow,
  Role,
  Roles,
  Trend,
} from "./types";

export type Filter = Record<string, string | undefined>;
export type Thing = { id: string };
type Values = Record<string, unknown>;
export type Resource = {
  list: (filter: Filter, sort: string, cursor: string | null, limit: number) => Promise<Listing<Thing>>;
  one?: (id: string) => Promise<Thing>;
  create?: (values: Values) => Promise<Thing>;
  /** `act` names what is done where that is more than new values. */
  update?: (id: string, values: Values, act: string | undefined) => Promise<unknown>;
  remove?: (id: string, values: Values) => Promise<unknown>;
};

type Many<T> = { items: T[]; next?: string | null; total?: number };
const reasonOf = (values: Values) => ({ reason: String(values.reason ?? "") });

/** The server's newer lists: opaque cursors. */
function byCursor<T>(path: string, idOf: (row: T) => string): Resource["list"] {
  return async (filter, sort, cursor, limit) => {
    const query = { ...filter, sort: sort || undefined, cursor, limit };
    const { items, next, total } = await read<Many<T>>(`${staff}/${path}`, query);
    return { items: items.map((row) => ({ ...row, id: idOf(row) })), next: next ?? null, total };
  };
}

/** The older ones: the id after which to go on. */
function byId<T>(path: string, idOf: (row: T) => string): Resource["list"] {
  return async (filter, sort, cursor, limit) => {
    const from = sort === "oldest" ? { min_id: cursor } : { max_id: cursor };
    const { items, next } = await read<Many<T>>(`${staff}/${path}`, {
      ...filter,
      sort: sort || undefined,
      ...from,
      limit,
    });
    return { items: items.map((row) => ({ ...row, id: idOf(row) })), next: next ?? null };
  };
}

/** Mastodon's: a Link header tells the next page. */
function byLink(path: string): Resource["list"] {
  return async (filter, _sort, cursor, limit) => {
    const response = await answerOf(cursor ?? path, cursor ? {} : { query: { ...filter, limit } });
    return { items: (await response.json()) as Thing[], next: nextOf(response.headers.get("Link")) };
  };
}

const posts = byCursor<PostRow>("posts", (row) => row.id);
const none: Resource["list"] = async () => ({ items: [], next: null });
const people = byCursor<PersonRow>("people", (row) => row.person.id);

export const resources = {
  cases: {
    list: byId<Case>("cases", (row) => row.id),
    update: (id, values, act) => send("POST", `${staff}/cases/${id}/${act}`, values),
  },
  // More than a row of the list: react-admin takes rows for whole things, so these have names of their own.
  "case-files": { list: none, one: (id) => read<CaseFile>(`${staff}/cases/${id}`) },
  appeals: {
    list: byId<Appeal>("appeals", (row) => row.id),
    update: (id, values) => send("POST", `${staff}/appeals/${id}/decision`, values),
  },
  people: {
    list: people,
  },
  "person-files": {
    list: none,
    one: async (id) => ({ ...(await read<PersonFile>(`${staff}/people/${id}`)), id }),
    update: (id, values, act) => send("POST", `${staff}/accounts/${id}/${act}`, values),
  },
  "sign-ups": {
    list: (filter, sort, cursor, limit) => people({ ...filter, standing: "pending" }, sort, cursor, limit),
    update: async (id, values) => {
      const sent = { account_ids: [id], approve: values.approve === true, ...reasonOf(values) };
      const [outcome] = await send<{ problem: string | null }[]>("POST", `${staff}/sign-ups`, sent);
      if (outcome?.problem) throw new Error(outcome.problem);
    },
  },
  reports: {
    list: (filter, sort, cursor, limit) => {
      const { person, ...rest } = filter;
      return byCursor<ReportRow>(`people/${person}/reports`, (row) => row.id)(rest, sort, cursor, limit);
    },
  },
  posts: {
    // What was reported comes case by case: the server does not search or sort it.
    list: (filter, sort, cursor, limit) =>
      filter.visibility === "reported"
        ? posts({ visibility: "reported" }, "", cursor, limit)
        : posts(filter, sort, cursor, limit),
    one: (id) => read<PostRow>(`${staff}/posts/${id}`),
    remove: (id, values) =>
      send("DELETE", `${staff}/posts/${id}`, { ...reasonOf(values), message: values.message }),
  },
  media: { list: byCursor<MediaRow>("media", (row) => row.id) },
  invites: {
    list: byId<Invite>("invites", (row) => row.id),
    create: (values) => send<Invite>("POST", `${staff}/invites`, values),
    remove: (id, values) => send("DELETE", `${staff}/invites/${id}`, reasonOf(values)),
  },
  "email-domains": {
    list: byLink("/api/v1/admin/email_domain_blocks"),
    create: (values) => send<EmailDomainBlock>("POST", "/api/v1/admin/email_domain_blocks", values),
    remove: (id) => send("DELETE", `/api/v1/admin/email_domain_blocks/${id}`),
  },
  addresses: {
    list: byLink("/api/v1/admin/ip_blocks"),
    create: (values) => send<AddressBlock>("POST", "/api/v1/admin/ip_blocks", values),
    remove: (id) => send("DELETE", `/api/v1/admin/ip_blocks/${id}`),
  },
  announcements: {
    list: byCursor<Announcement>("announcements", (row) => row.id),
    create: (values) => send<Announcement>("POST", `${staff}/announcements`, values),
    update: (id, values, act) =>
      act
        ? send("POST", `${staff}/announcements/${id}/${act}`, reasonOf(values))
        : send("PUT", `${staff}/announcements/${id}`, values),
    remove: (id, values) => send("DELETE", `${staff}/announcements/${id}`, reasonOf(values)),
  },
  trends: {
    list: async (filter, _sort, cursor, limit) => {
      const offset = Number(cursor ?? 0);
      const { items } = await read<Many<Trend>>(`${staff}/trends`, { ...filter, offset, limit });
      return { items, next: items.length === limit ? String(offset + limit) : null };
    },
    update: (id, values) => send("PUT", `${staff}/trends`, { ...values, id }),
  },
  "dead-jobs": {
    list: byCursor<DeadJob>("jobs/dead", (row) => row.key),
    update: (key, values) => send("POST", `${staff}/jobs/dead/retry`, { keys: [key], ...reasonOf(values) }),
    remove: (key, values) => send("POST", `${staff}/jobs/dead/drop`, { keys: [key], ...reasonOf(values) }),
  },
  logs: {
    list: async (filter, _sort, cursor, limit) => {
      const { items, next, source } = await read<Many<LogLine> & { source: string }>(`${staff}/logs`, {
        level: "info",
        ...filter,
        cursor,
        limit,
      });
      return { items, next: next ?? null, meta: { source } };
    },
  },
  errors: {
    list: byCursor<ErrorGroup>("errors", (row) => row.id),
    one: (id) => read<ErrorGroup>(`${staff}/errors/${id}`),
    update: (id, values, act) => send("POST", `${staff}/errors/${id}/${act}`, reasonOf(values)),
  },
  audit: { list: byId<AuditEntry>("audit", (row) => String(row.number)) },
  team: { list: async () => ({ items: await read<Person[]>(`${staff}/team`), next: null }) },
  roles: {
    list: async () => ({ items: (await read<Roles>(`${staff}/roles`)).roles, next: null }),
    create: (values) => send<Role>("POST", `${staff}/roles`, values),
    update: (id, values) => send<Role>("PUT", `${staff}/roles/${id}`, values),
    remove: (id, values) => send("DELETE", `${staff}/roles/${id}`, reasonOf(values)),
  },
} satisfies Record<string, Resource>;

export type ResourceName = keyof typeof resources;
export const resourceOf = (name: string): Resource => {
  const all: Record<string, Resource> = resources;
  const found = all[name];
  if (!found) throw new Error(`the panel has no ${name}`);
  return found;
};
