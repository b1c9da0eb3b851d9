// The story of an app written with masto, as it is on npm.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient, MastoHttpError } from "masto";
import { consent, png, startServer } from "./support.mjs";

const scopes = "read write follow push";
const back = "https://app.example/callback";
let server;
let app;
let ada;
let bob;

/** A client whose person consented in a browser; the code is bound to this app by PKCE. */
async function signedIn(handle) {
  const verifier = randomBytes(32).toString("base64url");
  const url = new URL("/oauth/authorize", server.url);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: app.clientId,
    redirect_uri: back,
    scope: scopes,
    state: "a state of the app",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  }).toString();
  const returned = await consent(url.href, handle, back);
  assert.equal(returned.searchParams.get("state"), "a state of the app");
  const oauth = createOAuthAPIClient({ url: server.url });
  const token = await oauth.token.create({
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    grantType: "authorization_code",
    redirectUri: back,
    code: returned.searchParams.get("code"),
    codeVerifier: verifier,
    scope: scopes,
  });
  const rest = createRestAPIClient({ url: server.url, accessToken: token.accessToken });
  const me = await rest.v1.accounts.verifyCredentials();
  return { rest, oauth, me, token: token.accessToken };
}

before(async () => {
  server = await startServer();
  server.person("ada");
  server.person("bob");
  const nobody = createRestAPIClient({ url: server.url });
  app = await nobody.v1.apps.create({ clientName: "masto", redirectUris: back, scopes });
  ada = await signedIn("ada");
  bob = await signedIn("bob");
  await bob.rest.v1.accounts.$select(ada.me.id).follow();
});

after(async () => {
  await server?.stop();
});

test("a post with a picture, and what others do with it", async () => {
  assert.equal(ada.me.username, "ada");
  const media = await ada.rest.v2.media.create({ file: png(), description: "A grey hull" });
  const post = await ada.rest.v1.statuses.create({ status: "A hull #boatyard", mediaIds: [media.id], visibility: "public" });
  assert.equal(post.mediaAttachments[0].description, "A grey hull");
  const answer = await bob.rest.v1.statuses.create({ status: "@ada at last", inReplyToId: post.id });
  assert.equal(answer.inReplyToId, post.id);
  const one = bob.rest.v1.statuses.$select(post.id);
  assert.equal((await one.favourite()).favourited, true);
  assert.equal((await one.reblog()).reblog.id, post.id);
  assert.equal((await one.bookmark()).bookmarked, true);
  const seen = await ada.rest.v1.statuses.$select(post.id).fetch();
  assert.deepEqual([seen.favouritesCount, seen.reblogsCount, seen.repliesCount], [1, 1, 1]);
  const { descendants } = await ada.rest.v1.statuses.$select(post.id).context.fetch();
  assert.deepEqual(descendants.map((each) => each.id), [answer.id]);

  server.command("jobs", "settle");
  const told = await ada.rest.v1.notifications.list();
  assert.deepEqual(told.map((each) => each.type).sort(), ["favourite", "follow", "mention", "reblog"]);
  await ada.rest.v1.notifications.$select(told[0].id).dismiss();
  assert.equal((await ada.rest.v1.notifications.list()).length, 3);
  await ada.rest.v1.notifications.clear();
  assert.deepEqual(await ada.rest.v1.notifications.list(), []);
});

test("home is paged by its links", async () => {
  const wanted = [];
  for (let wave = 0; wave < 45; wave += 1) {
    wanted.push((await ada.rest.v1.statuses.create({ status: `Wave ${wave}`, visibility: "unlisted" })).id);
  }
  server.command("jobs", "settle");
  const seen = [];
  let pages = 0;
  for await (const page of bob.rest.v1.timelines.home.list({ limit: 20 })) {
    pages += 1;
    seen.push(...page.map((each) => each.id));
  }
  assert.ok(pages >= 3);
  assert.equal(new Set(seen).size, seen.length);
  assert.deepEqual(seen.filter((id) => wanted.includes(id)), wanted.toReversed());
});

test("people, posts and tags are found", async () => {
  await ada.rest.v1.accounts.updateCredentials({ displayName: "Ada Lovelace", discoverable: true, indexable: true });
  const post = await ada.rest.v1.statuses.create({ status: "A keeper counts herons #lamproom", visibility: "public" });
  server.command("jobs", "settle");
  const people = await bob.rest.v2.search.list({ q: "lovelace", type: "accounts" });
  assert.deepEqual(people.accounts.map((each) => each.acct), ["ada"]);
  const posts = await bob.rest.v2.search.list({ q: "herons", type: "statuses" });
  assert.deepEqual(posts.statuses.map((each) => each.id), [post.id]);
  const tags = await bob.rest.v2.search.list({ q: "lamproom", type: "hashtags" });
  assert.deepEqual(tags.hashtags.map((each) => each.name), ["lamproom"]);
});

test("a post and its end arrive by the stream", async () => {
  const streaming = createStreamingAPIClient({
    streamingApiUrl: `${server.url.replace("http", "ws")}/api/v1/streaming`,
    accessToken: bob.token,
  });
  await streaming.prepare();
  const events = streaming.user.subscribe();
  const heard = events.values();
  const first = heard.next();
  // Nothing tells a client that its subscription holds: it is there when something is heard.
  let update;
  const posts = [];
  first.then((event) => {
    update = event.value;
  });
  while (!update && posts.length < 50) {
    posts.push(await ada.rest.v1.statuses.create({ status: `The tide turns ${posts.length}`, visibility: "public" }));
    server.command("jobs", "settle");
  }
  assert.equal(update?.event, "update");
  const post = posts.find((each) => each.id === update.payload.id);
  await ada.rest.v1.statuses.$select(post.id).remove();
  for (let next = (await heard.next()).value; ; next = (await heard.next()).value) {
    if (next.event !== "delete") continue;
    assert.equal(next.payload, post.id);
    break;
  }
  events.unsubscribe();
  streaming.close();
});

test("a revoked token opens nothing", async () => {
  const again = await signedIn("bob");
  await again.oauth.revoke({ clientId: app.clientId, clientSecret: app.clientSecret, token: again.token });
  await assert.rejects(
    again.rest.v1.accounts.verifyCredentials(),
    (error) => error instanceof MastoHttpError && error.statusCode === 401,
  );
});
