// What the service worker decides, apart from the worker itself: what of the client it keeps, and what a
// push says. The API, pages of the server and media are never its business.

/** Places that the server answers itself; without a connection there is nothing to show for them. */
const servers = ["/api", "/oauth", "/auth", "/admin", "/media", "/.well-known", "/nodeinfo", "/socket.io"];

const isUnder = (path: string, start: string) => path === start || path.startsWith(`${start}/`);

/** A place of the client, for which its one page stands. */
export const isPlace = (path: string) => !servers.some((start) => isUnder(path, start));

/** What is shown of a push, and where a click on it goes. */
export type Shown = { title: string; body: string; icon: string; tag: string; path: string };

const text = (value: unknown, most: number) => (typeof value === "string" ? value.slice(0, most) : "");

/** Reads a push as Mastodon words it. One that says nothing readable is still shown, because it must be. */
export function shownOf(payload: unknown, origin: string): Shown {
  const said = typeof payload === "object" && payload !== null ? payload : {};
  const field = (name: string, most: number) => text(Reflect.get(said, name), most);
  const type = field("notification_type", 64);
  const id = field("notification_id", 64) || text(String(Reflect.get(said, "notification_id") ?? ""), 64);
  return {
    title: field("title", 200) || "SocioSphere",
    body: field("body", 500),
    icon: ownOnly(field("icon", 2000), origin) || "/icon-192.png",
    tag: id ? `notification-${id}` : "notification",
    path: type === "chat_message" ? "/chats" : "/notifications",
  };
}

/** A picture of this community; nobody else learns that it was shown. */
function ownOnly(url: string, origin: string): string {
  try {
    const at = new URL(url, origin);
    return at.origin === origin && at.pathname.startsWith("/media/") ? at.href : "";
  } catch {
    return "";
  }
}
