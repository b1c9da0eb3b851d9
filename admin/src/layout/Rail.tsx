import { IconButton, Menu, MenuItem } from "@mui/material";
import {
  Ban,
  BookOpenText,
  Bug,
  ChartNoAxesColumn,
  FileClock,
  Gavel,
  Image,
  Link2,
  ListTree,
  LogOut,
  Megaphone,
  MessageSquareText,
  Scale,
  ScrollText,
  Settings,
  SunMoon,
  TrendingUp,
  Undo2,
  UserRoundPlus,
  Users,
  UsersRound,
  Workflow,
} from "lucide-react";
import { useState } from "react";
import { useLogout } from "react-admin";
import { NavLink } from "react-router";
import { type Place, sees } from "~/auth/permissions";
import { usePowers, useSession } from "~/auth/session";
import { useWaiting } from "~/screens/home/useWaiting";
import { t } from "~/text";
import { chooseTheme, themes, useTheme } from "~/theme/choice";
import { Mark } from "~/ui/Mark";
import { Portrait } from "~/ui/Who";

const icons: Record<Place, typeof Gavel> = {
  home: ChartNoAxesColumn,
  cases: Gavel,
  appeals: Scale,
  people: UsersRound,
  posts: MessageSquareText,
  media: Image,
  "sign-ups": UserRoundPlus,
  invites: Link2,
  rules: BookOpenText,
  blocks: Ban,
  announcements: Megaphone,
  trends: TrendingUp,
  jobs: Workflow,
  logs: ScrollText,
  errors: Bug,
  audit: FileClock,
  team: Users,
  settings: Settings,
};
const groups: [string, Place[]][] = [
  ["", ["home"]],
  [t.groups.moderation, ["cases", "appeals", "posts", "media", "trends"]],
  [t.groups.community, ["people", "sign-ups", "invites", "announcements", "rules", "blocks"]],
  [t.groups.running, ["jobs", "logs", "errors"]],
  [t.groups.team, ["team", "audit", "settings"]],
];

/** Where one can go, for those who may; what waits stands beside it. */
function Places({ className }: { className: string }) {
  const powers = usePowers();
  const waiting = useWaiting();
  return (
    <nav className={className} aria-label={t.app.nav}>
      <Brand />
      {groups.map(([title, places]) => {
        const mine = places.filter((place) => sees(powers, place));
        if (mine.length === 0) return null;
        return (
          <div key={title}>
            {title && <h2>{title}</h2>}
            {mine.map((place) => (
              <PlaceLink key={place} place={place} count={waiting[place] ?? 0} />
            ))}
          </div>
        );
      })}
      <div className="foot">
        <a className="place" href="/">
          <Undo2 size={18} aria-hidden="true" />
          {t.app.back}
        </a>
        <Me />
      </div>
    </nav>
  );
}

function PlaceLink({ place, count }: { place: Place; count: number }) {
  const Icon = icons[place] ?? ListTree;
  return (
    <NavLink
      to={place === "home" ? "/" : `/${place}`}
      end={place === "home"}
      className={({ isActive }) => (isActive ? "place here" : "place")}
    >
      <Icon size={18} strokeWidth={1.9} aria-hidden="true" />
      {t.places[place]}
      {count > 0 && <span className="count">{count > 99 ? "99+" : count}</span>}
    </NavLink>
  );
}

function Brand() {
  return (
    <NavLink to="/" className="brand">
      <Mark />
      <span>
        {t.app.name}
        <small>{t.app.staff}</small>
      </span>
    </NavLink>
  );
}

function Me() {
  const session = useSession();
  const logout = useLogout();
  if (session.status !== "signed-in") return null;
  const { account } = session;
  return (
    <div className="me">
      <Portrait account={account} />
      <span>
        <b>
          <bdi>{account.display_name || account.username}</bdi>
        </b>
        <small>{account.role.name || `@${account.username}`}</small>
      </span>
      <ThemeMenu />
      <IconButton size="small" aria-label={t.app.signOut} title={t.app.signOut} onClick={() => void logout()}>
        <LogOut size={17} />
      </IconButton>
    </div>
  );
}

function ThemeMenu() {
  const [at, setAt] = useState<HTMLElement | null>(null);
  const theme = useTheme();
  return (
    <>
      <IconButton
        size="small"
        aria-label={t.app.theme}
        title={t.app.theme}
        onClick={(event) => setAt(event.currentTarget)}
      >
        <SunMoon size={17} />
      </IconButton>
      <Menu anchorEl={at} open={at !== null} onClose={() => setAt(null)}>
        {themes.map((one) => (
          <MenuItem
            key={one}
            selected={one === theme}
            onClick={() => {
              chooseTheme(one);
              setAt(null);
            }}
          >
            {t.app.themes[one]}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}

export const Rail = { Places, Brand };
