import type { ThemeOptions } from "@mui/material/styles";
import { QueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, useState } from "react";
import { Admin, CustomRoutes, localStorageStore, Resource } from "react-admin";
import { BrowserRouter, Navigate, Route } from "react-router-dom";
import { ApiError } from "@/api/errors";
import { makeDataProvider } from "~/api/dataProvider";
import { beginning, type Place, sees } from "~/auth/permissions";
import { authProvider, usePowers } from "~/auth/session";
import { Broken } from "~/layout/Broken";
import { NothingHere } from "~/layout/NothingHere";
import { Notice } from "~/layout/Notice";
import { PanelLayout } from "~/layout/PanelLayout";

const screen = <K extends string>(load: () => Promise<Record<K, () => ReactNode>>, name: K) =>
  lazy(async () => ({ default: (await load())[name] }));

const HomePage = screen(() => import("~/screens/home/HomePage"), "HomePage");
const CasesPage = screen(() => import("~/screens/cases/CasesPage"), "CasesPage");
const AppealsPage = screen(() => import("~/screens/cases/AppealsPage"), "AppealsPage");
const PeoplePage = screen(() => import("~/screens/people/PeoplePage"), "PeoplePage");
const PersonPage = screen(() => import("~/screens/people/PersonPage"), "PersonPage");
const SignUpsPage = screen(() => import("~/screens/people/SignUpsPage"), "SignUpsPage");
const InvitesPage = screen(() => import("~/screens/people/InvitesPage"), "InvitesPage");
const PostsPage = screen(() => import("~/screens/posts/PostsPage"), "PostsPage");
const MediaPage = screen(() => import("~/screens/media/MediaPage"), "MediaPage");
const RulesPage = screen(() => import("~/screens/house/RulesPage"), "RulesPage");
const BlocksPage = screen(() => import("~/screens/house/BlocksPage"), "BlocksPage");
const AnnouncementsPage = screen(() => import("~/screens/house/AnnouncementsPage"), "AnnouncementsPage");
const SettingsPage = screen(() => import("~/screens/house/SettingsPage"), "SettingsPage");
const TrendsPage = screen(() => import("~/screens/trends/TrendsPage"), "TrendsPage");
const JobsPage = screen(() => import("~/screens/running/JobsPage"), "JobsPage");
const LogsPage = screen(() => import("~/screens/running/LogsPage"), "LogsPage");
const ErrorsPage = screen(() => import("~/screens/running/ErrorsPage"), "ErrorsPage");
const AuditPage = screen(() => import("~/screens/team/AuditPage"), "AuditPage");
const TeamPage = screen(() => import("~/screens/team/TeamPage"), "TeamPage");

const dataProvider = makeDataProvider();
const store = localStorageStore(undefined, "sociosphere.panel");
const patient = (count: number, error: Error) =>
  count < 2 && !(error instanceof ApiError && error.status < 500);

function Begin() {
  const powers = usePowers();
  const first = beginning(powers);
  if (!first) return <NothingHere />;
  return first === "home" ? <HomePage /> : <Navigate to={`/${first}`} replace />;
}

/** react-admin with our layout, our data and what this person may see. */
export default function Panel({ theme }: { theme: ThemeOptions }) {
  const powers = usePowers();
  const [queryClient] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: patient, refetchOnWindowFocus: false } } }),
  );
  const lists: [Place, ReturnType<typeof screen>][] = [
    ["appeals", AppealsPage],
    ["sign-ups", SignUpsPage],
    ["invites", InvitesPage],
    ["posts", PostsPage],
    ["media", MediaPage],
    ["announcements", AnnouncementsPage],
    ["trends", TrendsPage],
    ["logs", LogsPage],
    ["errors", ErrorsPage],
    ["audit", AuditPage],
  ];
  const pages: [Place, ReturnType<typeof screen>][] = [
    ["rules", RulesPage],
    ["blocks", BlocksPage],
    ["jobs", JobsPage],
    ["team", TeamPage],
    ["settings", SettingsPage],
  ];
  return (
    <BrowserRouter basename="/admin">
      <Admin
        dataProvider={dataProvider}
        authProvider={authProvider}
        queryClient={queryClient}
        store={store}
        theme={theme}
        darkTheme={null}
        layout={PanelLayout}
        dashboard={Begin}
        catchAll={NothingHere}
        error={Broken}
        notification={Notice}
        disableTelemetry
      >
        {sees(powers, "cases") && <Resource name="cases" list={CasesPage} show={CasesPage} />}
        {sees(powers, "people") && <Resource name="people" list={PeoplePage} show={PersonPage} />}
        {lists
          .filter(([place]) => sees(powers, place))
          .map(([place, Page]) => (
            <Resource key={place} name={place} list={Page} />
          ))}
        <CustomRoutes>
          {pages
            .filter(([place]) => sees(powers, place))
            .map(([place, Page]) => (
              <Route key={place} path={`/${place}`} element={<Page />} />
            ))}
        </CustomRoutes>
      </Admin>
    </BrowserRouter>
  );
}
