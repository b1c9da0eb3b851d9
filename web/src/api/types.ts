// Short names for the shapes of schema.ts, so that the rest of the client never spells the path out.
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type CredentialAccount = Schemas["CredentialAccount"];
export type Status = Schemas["Status"];
export type MediaAttachment = Schemas["MediaAttachment"];
export type Visibility = Schemas["Visibility"];
export type WhoMayMessage = Schemas["WhoMayMessage"];
export type StatusSource = Schemas["StatusSource"];
export type StatusEdit = Schemas["StatusEdit"];
export type Context = Schemas["Context"];
export type Relationship = Schemas["Relationship"];
export type FamiliarFollowers = Schemas["FamiliarFollowers"];
export type Notification = Schemas["Notification"];
export type Tag = Schemas["Tag"];
export type Search = Schemas["Search"];
export type Marker = Schemas["Marker"];
export type Instance = Schemas["Instance"];
export type Session = Schemas["Session"];
export type SignUpPending = Schemas["SignUpPending"];
export type Setup = Schemas["Setup"];
export type Device = Schemas["Device"];
export type Interest = Schemas["Interest"];
export type Problem = Schemas["Problem"];
