import { Tab, Tabs } from "@mui/material";
import { useState } from "react";
import { useGetOne } from "react-admin";
import { useParams } from "react-router";
import { number } from "@/text/plural";
import type { PersonFile } from "~/api/types";
import { t } from "~/text";
import { bytes, fullTime, since } from "~/text/words";
import { Empty } from "~/ui/Empty";
import { explain } from "~/ui/explain";
import { PageHead } from "~/ui/PageHead";
import { Standing } from "~/ui/Standing";
import { When } from "~/ui/When";
import { nameOf, Portrait, Who } from "~/ui/Who";
import { Lifecycle } from "./Lifecycle";
import { NotesTab } from "./NotesTab";
import { PersonHistory } from "./PersonHistory";
import { ReportsTab } from "./ReportsTab";
import { SessionsTab } from "./SessionsTab";

type Tabbed = keyof typeof t.people.tabs;
const tabs: Tabbed[] = ["about", "reports", "sessions", "notes", "history"];

/** One person: how they stand, what can be done, and what was. */
export function PersonPage() {
  const { id = "" } = useParams();
  const { data: file, error } = useGetOne<PersonFile & { id: string }>("person-files", { id });
  const [tab, setTab] = useState<Tabbed>("about");
  if (error) return <Empty title={t.errors.title} says={explain(error)} />;
  if (!file) return <Empty title={t.app.loading} />;
  const counts: Partial<Record<Tabbed, number>> = {
    reports: file.reports,
    sessions: file.sessions + file.apps,
    notes: file.notes,
    history: file.decisions,
  };
  return (
    <>
      <div className="form-row" style={{ gap: 18, marginBottom: 16 }}>
        <Portrait account={file.person.account} size="large" />
        <div style={{ minWidth: 0, flex: 1 }}>
          <PageHead
            title={nameOf(file.person)}
            says={`@${file.person.username}`}
            actions={<Lifecycle file={file} />}
          />
        </div>
      </div>
      <div className="form-row" style={{ marginBottom: 8 }}>
        <Standing person={file.person} />
        {file.person.role.name && <span className="tag mine">{file.person.role.name}</span>}
        {file.purged_at && <span className="danger small">{t.people.purge(since(file.purged_at))}</span>}
      </div>
      <Tabs
        value={tab}
        onChange={(_, next: Tabbed) => setTab(next)}
        variant="scrollable"
        allowScrollButtonsMobile
        sx={{ mb: 2 }}
      >
        {tabs.map((one) => (
          <Tab
            key={one}
            value={one}
            id={`tab-${one}`}
            aria-controls="person-tab"
            label={counts[one] ? `${t.people.tabs[one]} ${number(counts[one])}` : t.people.tabs[one]}
          />
        ))}
      </Tabs>
      <div id="person-tab" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "about" && <About file={file} />}
        {tab === "reports" && <ReportsTab id={id} />}
        {tab === "sessions" && <SessionsTab id={id} />}
        {tab === "notes" && <NotesTab id={id} />}
        {tab === "history" && <PersonHistory id={id} />}
      </div>
    </>
  );
}

function About({ file }: { file: PersonFile }) {
  return (
    <div className="tiles" style={{ gridTemplateColumns: "repeat(auto-fit, minmax(260px, 1fr))" }}>
      <section className="sheet padded">
        <dl className="facts">
          <dt>{t.people.email}</dt>
          <dd>{file.person.email}</dd>
          <dt>{t.people.joined}</dt>
          <dd>{fullTime(file.person.created_at)}</dd>
          <dt>{t.people.origin}</dt>
          <dd>{t.people.origins[file.origin] ?? file.origin}</dd>
          {file.invited_by && (
            <>
              <dt>{t.people.invitedBy}</dt>
              <dd>
                <Who person={file.invited_by} size="small" />
              </dd>
            </>
          )}
          <dt>{t.people.lastActive}</dt>
          <dd>
            <When at={file.last_active_at} never={t.people.never} />
          </dd>
          <dt>{t.people.language}</dt>
          <dd>{file.person.locale || t.app.none}</dd>
        </dl>
      </section>
      <section className="sheet padded">
        <dl className="facts tabular">
          <dt>{t.people.posts}</dt>
          <dd>{number(file.posts)}</dd>
          <dt>{t.people.followers}</dt>
          <dd>{number(file.followers)}</dd>
          <dt>{t.people.following}</dt>
          <dd>{number(file.following)}</dd>
          <dt>{t.people.reports}</dt>
          <dd>{number(file.reports)}</dd>
          <dt>{t.people.reportsBy}</dt>
          <dd>{number(file.reports_by)}</dd>
          <dt>{t.people.bytes}</dt>
          <dd>{bytes(file.bytes)}</dd>
        </dl>
      </section>
      {file.person.invite_request && (
        <section className="sheet padded">
          <h2>{t.signUps.why}</h2>
          <blockquote className="quote words">{file.person.invite_request}</blockquote>
        </section>
      )}
    </div>
  );
}
