import { Link, Outlet, useMatchRoute, useRouter } from "@tanstack/react-router";
import {
  Bell,
  Bookmark,
  ChartColumn,
  ChevronsUpDown,
  Compass,
  Heart,
  Home,
  Keyboard,
  LogOut,
  MessagesSquare,
  PencilLine,
  Plus,
  Search,
  Settings,
  ShieldCheck,
  User,
  UserPlus,
} from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { signOut } from "@/api/session";
import { Announcements } from "@/features/announcements/Announcements";
import { composing, openComposer } from "@/features/composer/open";
import { useBadges } from "@/features/notifications/badges";
import { viewing } from "@/features/posts/viewer";
import { t } from "@/text";
import { Avatar } from "@/ui/Avatar";
import { Mark } from "@/ui/Mark";
import { Menu } from "@/ui/Menu";
import { Aside } from "./Aside";
import { Connection } from "./Connection";
import { ReadOnly } from "./ReadOnly";
import { shortcutsOpen, useShortcuts } from "./shortcuts";
import { useIsStaff, useMe } from "./useSession";

const Overlay = lazy(() => import("@/features/composer/ComposerOverlay"));
const Lightbox = lazy(() => import("@/features/posts/Lightbox").then((it) => ({ default: it.Lightbox })));
const ChatsAlive = lazy(() => import("@/features/chats/ChatsAlive"));
const ShortcutsSheet = lazy(() => import("./ShortcutsSheet"));

/** The three columns, the phone's tabs, and what lies over them. */
export function Shell() {
  useShortcuts();
  const me = useMe();
  const router = useRouter();
  // A new place starts at its top for a reader of the screen, too; unless it is one to write in, and has its cursor there.
  useEffect(
    () =>
      router.subscribe("onResolved", ({ pathChanged, fromLocation }) => {
        if (!pathChanged || !fromLocation || document.activeElement?.matches("main textarea")) return;
        document.getElementById("main")?.focus({ preventScroll: true });
      }),
    [router],
  );
  // The shortcut of the installed app.
  const writes = me !== null && new URLSearchParams(window.location.search).has("compose");
  useEffect(() => {
    if (!writes) return;
    openComposer({ kind: "new" });
    void router.navigate({ to: "/", replace: true });
  }, [writes, router]);
  return (
    <>
      <a className="skip" href="#main">
        {t.app.skip}
      </a>
      <div className="app">
        <Rail />
        <main id="main" className="sheet-main" tabIndex={-1}>
          <ReadOnly />
          <Connection />
          <Announcements />
          <Outlet />
        </main>
        <Aside />
      </div>
      <TabBar signedIn={me !== null} />
      <Over />
      <Suspense>{me && <ChatsAlive me={me.id} />}</Suspense>
    </>
  );
}

function Over() {
  const writing = composing.use();
  const looking = viewing.use();
  const keysOpen = shortcutsOpen.use();
  return (
    <Suspense>
      {writing && <Overlay />}
      {looking && <Lightbox />}
      {keysOpen && <ShortcutsSheet />}
    </Suspense>
  );
}

type PlaceProps = { to: string; icon: ReactNode; label: string; count?: number; exact?: boolean };

function Place({ to, icon, label, count = 0, exact = false }: PlaceProps) {
  return (
    <Link
      to={to}
      className="rail-link"
      activeProps={{ className: "here" }}
      activeOptions={{ exact, includeSearch: false }}
      aria-label={count > 0 ? `${label}, ${t.nav.unread(count)}` : label}
    >
      {icon}
      <span>{label}</span>
      {count > 0 && <span className="count" data-count={count > 99 ? "99+" : count} />}
    </Link>
  );
}

function Rail() {
  const me = useMe();
  const { notifications: unread, chats, requests } = useBadges();
  const talk = chats + requests;
  return (
    <nav className="rail" aria-label={t.app.mainNav}>
      <Link to="/" className="brand" aria-label={t.app.name}>
        <Mark />
        <b>{t.app.name}</b>
      </Link>
      {me ? (
        <>
          <Place to="/" exact icon={<Home className="i" />} label={t.nav.home} />
          <Place to="/explore" icon={<Compass className="i" />} label={t.nav.explore} />
          <Place to="/search" icon={<Search className="i" />} label={t.nav.search} />
          <Place
            to="/notifications"
            icon={<Bell className="i" />}
            label={t.nav.notifications}
            count={unread}
          />
          <Place to="/chats" icon={<MessagesSquare className="i" />} label={t.nav.chats} count={talk} />
          <Place to="/bookmarks" icon={<Bookmark className="i" />} label={t.nav.bookmarks} />
          <Place to="/likes" icon={<Heart className="i" />} label={t.nav.likes} />
          <Place to="/insights" icon={<ChartColumn className="i" />} label={t.nav.insights} />
          {me.source.follow_requests_count > 0 && (
            <Place
              to="/follow-requests"
              icon={<UserPlus className="i" />}
              label={t.nav.requests}
              count={me.source.follow_requests_count}
            />
          )}
          <Place to={`/@${me.acct}`} icon={<User className="i" />} label={t.nav.profile} />
          <Place to="/settings" icon={<Settings className="i" />} label={t.nav.settings} />
          <button
            type="button"
            className="button primary wide"
            aria-label={t.nav.newPost}
            onClick={() => openComposer({ kind: "new" })}
          >
            <PencilLine className="i" />
            <span>{t.nav.newPost}</span>
          </button>
          <MeMenu />
        </>
      ) : (
        <>
          <Place to="/local" icon={<Home className="i" />} label={t.nav.local} />
          <Place to="/explore" icon={<Compass className="i" />} label={t.nav.explore} />
          <Link to="/sign-up" className="button primary wide">
            <UserPlus className="i" />
            <span>{t.nav.signUp}</span>
          </Link>
          <Link to="/sign-in" className="button ghost mt-2" search={{}}>
            {t.nav.signIn}
          </Link>
        </>
      )}
    </nav>
  );
}

function MeMenu() {
  const me = useMe();
  const isStaff = useIsStaff();
  const router = useRouter();
  if (!me) return null;
  // The panel is a bundle of its own: the browser goes there, not the router.
  const staff = {
    label: t.nav.staff,
    icon: <ShieldCheck className="i" />,
    onSelect: () => window.location.assign("/admin"),
  };
  return (
    <Menu
      side="top"
      align="start"
      entries={[
        ...(isStaff ? [staff] : []),
        { label: t.nav.shortcuts, icon: <Keyboard className="i" />, onSelect: () => shortcutsOpen.set(true) },
        {
          label: t.nav.signOut,
          icon: <LogOut className="i" />,
          onSelect: () => void signOut().finally(() => router.navigate({ to: "/" })),
        },
      ]}
      trigger={
        <button type="button" className="me">
          <Avatar account={me} size="sm" />
          <span className="who-is">
            <b>
              <bdi>{me.display_name || me.username}</bdi>
            </b>
            <span>@{me.acct}</span>
          </span>
          <span className="sr-only">{t.app.you}</span>
          <ChevronsUpDown className="i" />
        </button>
      }
    />
  );
}

function TabBar({ signedIn }: { signedIn: boolean }) {
  const me = useMe();
  const { notifications: unread, chats, requests } = useBadges();
  const talk = chats + requests;
  const matches = useMatchRoute();
  const here = (to: string) => (matches({ to }) ? "here" : "");
  if (!signedIn || !me) {
    return (
      <nav className="tabbar" aria-label={t.app.phoneNav}>
        <Link to="/local" className={here("/local")} aria-label={t.nav.local}>
          <Home className="i" />
        </Link>
        <Link to="/explore" className={here("/explore")} aria-label={t.nav.explore}>
          <Compass className="i" />
        </Link>
        <Link to="/sign-in" search={{}} className="button ghost small">
          {t.nav.signIn}
        </Link>
        <Link to="/sign-up" className="button primary small">
          {t.nav.signUp}
        </Link>
      </nav>
    );
  }
  return (
    <nav className="tabbar" aria-label={t.app.phoneNav}>
      <Link to="/" className={here("/") || here("/local")} aria-label={t.nav.home}>
        <Home className="i" />
      </Link>
      <Link to="/explore" className={here("/explore") || here("/search")} aria-label={t.nav.explore}>
        <Search className="i" />
      </Link>
      <button
        type="button"
        className="button primary round"
        aria-label={t.nav.newPost}
        onClick={() => openComposer({ kind: "new" })}
      >
        <Plus className="i" />
      </button>
      <Link
        to="/notifications"
        className={here("/notifications")}
        aria-label={unread > 0 ? `${t.nav.notifications}, ${t.nav.unread(unread)}` : t.nav.notifications}
      >
        <Bell className="i" />
        {unread > 0 && <span className="count" data-count={unread > 99 ? "99+" : unread} />}
      </Link>
      <Link
        to="/chats"
        className={matches({ to: "/chats", fuzzy: true }) ? "here" : ""}
        aria-label={talk > 0 ? `${t.nav.chats}, ${t.nav.unread(talk)}` : t.nav.chats}
      >
        <MessagesSquare className="i" />
        {talk > 0 && <span className="count" data-count={talk > 99 ? "99+" : talk} />}
      </Link>
    </nav>
  );
}
