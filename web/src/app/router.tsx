// Every address of the client. What is not needed to read home is loaded when it is first visited.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { sessionState } from "@/api/session";
import { HomePage } from "@/features/timelines/HomePage";
import { ErrorState } from "@/ui/ErrorState";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";
import { useMe } from "./useSession";

const word = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <ErrorState error={error} onRetry={reset} />,
});
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

function signedIn({ location }: { location: { href: string } }) {
  if (sessionState().status !== "signed-in")
    throw redirect({ to: "/sign-in", search: { next: location.href } });
}
function signedOut() {
  if (sessionState().status === "signed-in") throw redirect({ to: "/" });
}

const welcome = lazyRouteComponent(() => import("@/features/welcome/WelcomePage"), "WelcomePage");
function Front() {
  const Welcome = welcome;
  if (!useMe()) return <Welcome />;
  return <Shell />;
}
// Home and welcome share an address, so the shell is drawn around home here.
const front = createRoute({ getParentRoute: () => root, id: "front", component: Front });
const home = createRoute({
  getParentRoute: () => front,
  path: "/",
  component: () => <HomePage of="following" />,
});
const local = createRoute({
  getParentRoute: () => shell,
  path: "/local",
  component: () => <HomePage of="local" />,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  beforeLoad: signedOut,
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({ next: word(search.next) }),
  component: lazyRouteComponent(() => import("@/features/welcome/SignInPage"), "SignInPage"),
});
const signUp = createRoute({
  getParentRoute: () => root,
  path: "/sign-up",
  beforeLoad: signedOut,
  validateSearch: (search: Record<string, unknown>): { invite?: string } => ({ invite: word(search.invite) }),
  component: lazyRouteComponent(() => import("@/features/welcome/SignUpPage"), "SignUpPage"),
});
const ownerSetup = createRoute({
  getParentRoute: () => root,
  path: "/setup/$token",
  component: lazyRouteComponent(() => import("@/features/welcome/SignUpPage"), "OwnerSetupPage"),
});
const forgot = createRoute({
  getParentRoute: () => root,
  path: "/forgot",
  component: lazyRouteComponent(() => import("@/features/welcome/ForgotPage"), "ForgotPage"),
});

export const profileTabs = ["posts", "replies", "media", "about"] as const;
export type ProfileTab = (typeof profileTabs)[number];
const profile = createRoute({
  getParentRoute: () => shell,
  path: "/@{$handle}",
  validateSearch: (search: Record<string, unknown>): { tab?: ProfileTab } => ({
    tab: profileTabs.find((tab) => tab === search.tab),
  }),
  component: lazyRouteComponent(() => import("@/features/profile/ProfilePage"), "ProfilePage"),
});
const followers = createRoute({
  getParentRoute: () => shell,
  path: "/@{$handle}/followers",
  component: lazyRouteComponent(() => import("@/features/people/PeoplePages"), "FollowersPage"),
});
const following = createRoute({
  getParentRoute: () => shell,
  path: "/@{$handle}/following",
  component: lazyRouteComponent(() => import("@/features/people/PeoplePages"), "FollowingPage"),
});
const thread = createRoute({
  getParentRoute: () => shell,
  path: "/@{$handle}/$id",
  component: lazyRouteComponent(() => import("@/features/thread/ThreadPage"), "ThreadPage"),
});
const tag = createRoute({
  getParentRoute: () => shell,
  path: "/tags/$tag",
  component: lazyRouteComponent(() => import("@/features/timelines/ListPages"), "TagPage"),
});
const bookmarks = createRoute({
  getParentRoute: () => shell,
  path: "/bookmarks",
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import("@/features/timelines/ListPages"), "BookmarksPage"),
});
const likes = createRoute({
  getParentRoute: () => shell,
  path: "/likes",
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import("@/features/timelines/ListPages"), "LikesPage"),
});
const requests = createRoute({
  getParentRoute: () => shell,
  path: "/follow-requests",
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import("@/features/people/RequestsPage"), "RequestsPage"),
});
export const noticeFilters = ["mentions", "likes", "shares", "follows", "edits"] as const;
export type NoticeFilter = (typeof noticeFilters)[number];
const notifications = createRoute({
  getParentRoute: () => shell,
  path: "/notifications",
  beforeLoad: signedIn,
  validateSearch: (search: Record<string, unknown>): { filter?: NoticeFilter } => ({
    filter: noticeFilters.find((filter) => filter === search.filter),
  }),
  component: lazyRouteComponent(
    () => import("@/features/notifications/NotificationsPage"),
    "NotificationsPage",
  ),
});
const chats = createRoute({
  getParentRoute: () => shell,
  path: "/chats",
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import("@/features/chats/ChatsPage"), "ChatsPage"),
});
const noChat = createRoute({
  getParentRoute: () => chats,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/chats/ChatsPage"), "NoChat"),
});
const chatRequests = createRoute({
  getParentRoute: () => chats,
  path: "/requests",
  component: lazyRouteComponent(() => import("@/features/chats/ChatsPage"), "NoChat"),
});
const chat = createRoute({
  getParentRoute: () => chats,
  path: "/$id",
  validateSearch: (search: Record<string, unknown>): { at?: number } => {
    const at = Number(search.at);
    return Number.isSafeInteger(at) && at > 0 ? { at } : {};
  },
  component: lazyRouteComponent(() => import("@/features/chats/ConversationPage"), "ConversationPage"),
});
const search = createRoute({
  getParentRoute: () => shell,
  path: "/search",
  beforeLoad: signedIn,
  validateSearch: (search: Record<string, unknown>): { q?: string } => ({ q: word(search.q) }),
  component: lazyRouteComponent(() => import("@/features/search/SearchPage"), "SearchPage"),
});
export const exploreTabs = ["trends", "people", "interests"] as const;
export type ExploreTab = (typeof exploreTabs)[number];
const heldNotices = createRoute({
  getParentRoute: () => shell,
  path: "/notifications/requests",
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import("@/features/notifications/HeldPage"), "HeldPage"),
});
const explore = createRoute({
  getParentRoute: () => shell,
  path: "/explore",
  validateSearch: (search: Record<string, unknown>): { tab?: ExploreTab } => ({
    tab: exploreTabs.find((tab) => tab === search.tab),
  }),
  component: lazyRouteComponent(() => import("@/features/explore/ExplorePage"), "ExplorePage"),
});
const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import("@/features/settings/SettingsPage"), "SettingsPage"),
});
const settingsSection = createRoute({
  getParentRoute: () => shell,
  path: "/settings/$section",
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import("@/features/settings/SettingsPage"), "SettingsSectionPage"),
});

export const insightRanges = [7, 28, 90] as const;
export type InsightRange = (typeof insightRanges)[number];
const insights = createRoute({
  getParentRoute: () => shell,
  path: "/insights",
  beforeLoad: signedIn,
  validateSearch: (search: Record<string, unknown>): { days?: InsightRange } => ({
    days: insightRanges.find((days) => days === Number(search.days)),
  }),
  component: lazyRouteComponent(() => import("@/features/insight/InsightsPage"), "InsightsPage"),
});
const postInsight = createRoute({
  getParentRoute: () => shell,
  path: "/insights/posts/$id",
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import("@/features/insight/PostInsightPage"), "PostInsightPage"),
});

const tree = root.addChildren([
  front.addChildren([home]),
  shell.addChildren([
    local,
    profile,
    followers,
    following,
    thread,
    tag,
    bookmarks,
    likes,
    requests,
    notifications,
    heldNotices,
    chats.addChildren([noChat, chatRequests, chat]),
    explore,
    search,
    insights,
    postInsight,
    settings,
    settingsSection,
  ]),
  signIn,
  signUp,
  ownerSetup,
  forgot,
]);

export const router = createRouter({ routeTree: tree, scrollRestoration: true, defaultPreload: "intent" });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
