// Enough of the server to look at the client: in memory, never shipped. Serves dist/ too, under the CSP that
// the real server sends, so that what breaks there breaks here first.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { accounts, me, newId, posts, status } from "./data.mjs";

const port = Number(process.env.PORT ?? 4010);
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
const session = { access_token: "mock", expires_in: 600, account: me };
const relation = (id) => ({
  id,
  following: Number(id) % 2 === 1,
  showing_reblogs: true,
  notifying: false,
  followed_by: id === "102",
  blocking: false,
  blocked_by: false,
  muting: false,
  muting_notifications: false,
  requested: false,
  requested_by: false,
  domain_blocking: false,
  endorsed: false,
  note: "",
});
const relations = new Map(accounts.map(({ id }) => [id, relation(id)]));
const instance = {
  domain: "harbour.town",
  title: "Harbour Town",
  version: "4.2.0",
  description: "A community of people who live by the water, and some who wish they did.",
  thumbnail: null,
  usage: { users: { active_month: 412 } },
  configuration: {
    statuses: { max_characters: 5000, max_media_attachments: 4 },
    media_attachments: { supported_mime_types: [], image_size_limit: 16e6, video_size_limit: 1e8 },
  },
  registrations: { enabled: true, approval_required: false, message: null },
  contact: { email: "", account: null },
  rules: [],
};
const notices = [
  "favourite",
  "favourite",
  "reblog",
  "mention",
  "follow",
  "follow",
  "follow_request",
  "update",
].map((type, index) => ({
  id: String(9000 - index),
  type,
  created_at: new Date(Date.now() - index * 3e6).toISOString(),
  account: accounts[1 + (index % 6)],
  status: type.startsWith("follow") ? null : posts.at(type === "favourite" ? -1 : -2),
}));
const art = { coffee: ["#5b2413", "#b5432a"], sky: ["#0b0f1e", "#2b2d55"], rocket: ["#14213d", "#e09f5c"] };

const pageOf = (list, url) => {
  const max = url.searchParams.get("max_id");
  const from = max ? list.findIndex((one) => one.id === max) + 1 : 0;
  const items = list.slice(from, from + 20);
  const more = from + 20 < list.length;
  return {
    items,
    link: more ? `<http://x${url.pathname}?max_id=${items.at(-1).id}>; rel="next"` : undefined,
  };
};
const find = (id) =>
  posts.find((one) => one.id === id) ?? posts.map((one) => one.reblog).find((one) => one?.id === id);

function answer(method, url, body, signedIn) {
  const path = url.pathname.replace("/api/sociosphere/v1", "").replace("/api/v1", "").replace("/api/v2", "");
  const [, first, id, verb] = path.split("/");
  const list = (all) => ({ ...pageOf(all, url), list: true });
  if (path === "/auth/refresh") return signedIn ? session : { status: 401, error: "no session" };
  if (path === "/auth/sign-in" || path === "/auth/sign-up")
    return body.password === "wrong" ? { status: 401, title: "wrong", code: "wrong" } : session;
  if (path === "/auth/devices")
    return [
      {
        id: "1",
        name: "Firefox on Linux",
        created_at: "2026-11-01T00:00:00Z",
        last_used_at: new Date().toISOString(),
        current: true,
      },
      {
        id: "2",
        name: "Safari on iPhone",
        created_at: "2026-10-01T00:00:00Z",
        last_used_at: "2026-11-20T00:00:00Z",
        current: false,
      },
    ];
  if (path === "/setup") return { registrations: "open", confirm_email: false };
  if (path === "/instance") return instance;
  if (path === "/interests")
    return [
      { name: "astronomy", accounts_count: 12 },
      { name: "bread", accounts_count: 9 },
    ];
  if (path === "/timelines/home") return list(posts);
  if (first === "timelines" || path === "/bookmarks" || path === "/favourites")
    return list(posts.filter((one) => !one.reblog));
  if (path === "/notifications/unread_count") return { count: 3 };
  if (path === "/notifications")
    return list(
      notices.filter(
        (one) =>
          url.searchParams.getAll("types[]").length === 0 ||
          url.searchParams.getAll("types[]").includes(one.type),
      ),
    );
  if (path === "/markers") return { notifications: { last_read_id: "8997", version: 1, updated_at: "" } };
  if (path === "/accounts/relationships")
    return url.searchParams.getAll("id[]").map((one) => relations.get(one));
  if (path === "/accounts/lookup")
    return (
      accounts.find((one) => one.acct === url.searchParams.get("acct")) ?? {
        status: 404,
        error: "Record not found",
      }
    );
  if (path === "/accounts/familiar_followers")
    return [{ id: url.searchParams.get("id[]"), accounts: accounts.slice(3, 6) }];
  if (path === "/accounts/update_credentials") return me;
  if (path === "/search")
    return {
      accounts: accounts.slice(1, 3),
      hashtags: [{ name: "harbour", url: "" }],
      statuses: posts
        .filter((one) =>
          one.content.toLowerCase().includes((url.searchParams.get("q") ?? "").split(" ")[0].toLowerCase()),
        )
        .slice(0, 4),
    };
  if (first === "follow_requests" && !id) return list([accounts[5]]);
  if (path === "/blocks" || path === "/mutes") return list([accounts[6]]);
  if (first === "accounts" && verb === "statuses")
    return url.searchParams.get("pinned")
      ? list([])
      : list(
          posts.filter(
            (one) =>
              one.account.id === id &&
              !one.reblog &&
              (!url.searchParams.get("only_media") || one.media_attachments.length),
          ),
        );
  if (first === "accounts" && (verb === "followers" || verb === "following")) return list(accounts.slice(1));
  if (first === "accounts" && method === "POST") {
    const now = relations.get(id);
    if (verb === "follow" || verb === "unfollow") now.following = verb === "follow";
    return now;
  }
  if (path === "/statuses" && method === "POST") {
    const made = status(me, `<p>${body.status}</p>`, [], {
      created_at: new Date().toISOString(),
      spoiler_text: body.spoiler_text,
      visibility: body.visibility,
    });
    posts.unshift(made);
    return made;
  }
  if (first === "statuses") {
    const post = find(id);
    if (!post) return { status: 404, error: "Record not found" };
    if (!verb) return post;
    if (verb === "context")
      return {
        ancestors: [posts[5]],
        descendants: posts
          .slice(7, 10)
          .map((one, index) => ({ ...one, in_reply_to_id: index === 1 ? posts[7].id : id })),
      };
    if (verb.endsWith("_by")) return list(accounts.slice(1, 5));
    if (verb === "source")
      return { id, text: post.content.replace(/<[^>]+>/g, ""), spoiler_text: post.spoiler_text };
    const flag = { favourite: "favourited", reblog: "reblogged", bookmark: "bookmarked" }[
      verb.replace(/^un/, "")
    ];
    return flag ? { ...post, [flag]: !verb.startsWith("un") } : post;
  }
  if (first === "media")
    return {
      id: newId(),
      type: "image",
      url: "/media/coffee.svg",
      preview_url: "/media/coffee.svg",
      description: null,
      blurhash: null,
      meta: null,
    };
  return { status: 404, error: "Record not found" };
}

createServer((request, response) => {
  const url = new URL(request.url, `http://127.0.0.1:${port}`);
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    if (url.pathname.startsWith("/media/")) {
      const [dark, light] = art[url.pathname.slice(7, -4)] ?? art.coffee;
      response.writeHead(200, { "content-type": "image/svg+xml" });
      return response.end(
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 1067" width="1600" height="1067"><defs><radialGradient id="g"><stop stop-color="${light}"/><stop offset="1" stop-color="${dark}"/></radialGradient></defs><rect width="1600" height="1067" fill="${dark}"/><circle cx="800" cy="560" r="620" fill="url(#g)"/></svg>`,
      );
    }
    if (!url.pathname.startsWith("/api/")) {
      const file = existsSync(`dist${url.pathname}`) && extname(url.pathname) ? url.pathname : "/index.html";
      response.writeHead(200, {
        "content-type": types[extname(file)] ?? "application/octet-stream",
        "content-security-policy": csp,
      });
      return response.end(readFileSync(`dist${file}`));
    }
    const json = request.headers["content-type"]?.includes("json");
    const body = json ? JSON.parse(Buffer.concat(chunks).toString() || "{}") : {};
    const result = answer(request.method, url, body, !request.headers.cookie?.includes("out=1"));
    const headers = { "content-type": "application/json" };
    if (result.link) headers.link = result.link;
    response.writeHead(Number.isInteger(result.status) ? result.status : 200, headers);
    response.end(JSON.stringify(result.list ? result.items : result));
  });
})
  .on("upgrade", (request, socket) => {
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    const protocol = request.headers["sec-websocket-protocol"];
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${protocol ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : ""}\r\n`,
    );
    const timer = setInterval(
      () => {
        const live = status(
          accounts[1 + (Number(newId()) % 6)],
          "<p>Fog over the pier, and then the sun.</p>",
          [],
          { created_at: new Date().toISOString() },
        );
        posts.unshift(live);
        const text = Buffer.from(
          JSON.stringify({ stream: ["user"], event: "update", payload: JSON.stringify(live) }),
        );
        const head = Buffer.from([0x81, 126, text.length >> 8, text.length & 255]);
        socket.write(Buffer.concat([head, text]));
      },
      Number(process.env.LIVE_EVERY ?? 1500),
    );
    socket.on("close", () => clearInterval(timer)).on("error", () => clearInterval(timer));
  })
  .listen(port, "127.0.0.1", () => console.log(`looking glass at http://127.0.0.1:${port}`));
