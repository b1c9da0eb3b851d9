import { expect, test } from "vitest";
import { isPlace, shownOf } from "./shell";

const origin = "https://harbour.town";

test("places of the client have the kept page; the API, the panel, sign-in of apps and media never do", () => {
  for (const path of ["/", "/@ada", "/@ada/12", "/chats/7", "/settings/profile", "/apiary", "/@api"])
    expect(isPlace(path), path).toBe(true);
  for (const path of [
    "/api",
    "/api/v1/instance",
    "/oauth/authorize",
    "/auth/confirm",
    "/admin",
    "/admin/cases",
    "/media/a.png",
    "/socket.io/",
    "/.well-known/webfinger",
  ])
    expect(isPlace(path), path).toBe(false);
});

test("a push is shown in its own words, and a click goes where it can be answered", () => {
  const push = {
    access_token: "never shown",
    notification_id: 12,
    notification_type: "favourite",
    title: "Ada liked your post",
    body: "The tide",
    icon: `${origin}/media/ada.png`,
  };
  expect(shownOf(push, origin)).toEqual({
    title: "Ada liked your post",
    body: "The tide",
    icon: `${origin}/media/ada.png`,
    tag: "notification-12",
    path: "/notifications",
  });
  expect(shownOf({ ...push, notification_type: "chat_message" }, origin).path).toBe("/chats");
});

test("a push that says nothing readable is shown all the same, and a picture of elsewhere is not asked for", () => {
  for (const nothing of [null, "text", 7, {}, { title: 3, body: ["x"], notification_id: { a: 1 } }])
    expect(shownOf(nothing, origin)).toMatchObject({ title: "SocioSphere", body: "", icon: "/icon-192.png" });
  for (const icon of [
    "https://elsewhere.example/media/x.png",
    "javascript:alert(1)",
    "//x.example/media/a",
    "http://[",
  ])
    expect(shownOf({ icon }, origin).icon).toBe("/icon-192.png");
  expect(shownOf({ title: "a".repeat(999) }, origin).title).toHaveLength(200);
});
