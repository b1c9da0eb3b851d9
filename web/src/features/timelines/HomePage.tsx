import { Link } from "@tanstack/react-router";
import { timelines } from "@/api/endpoints";
import { useLive } from "@/app/live";
import { useMe } from "@/app/useSession";
import { keys } from "@/entities/cache";
import { Composer } from "@/features/composer/Composer";
import { OutboxList } from "@/features/composer/OutboxList";
import { t } from "@/text";
import { Avatar } from "@/ui/Avatar";
import { EmptyState } from "@/ui/EmptyState";
import { Mark } from "@/ui/Mark";
import { FreshPill } from "./FreshPill";
import { PostFeed } from "./PostFeed";

type HomePageProps = { of: "following" | "local" };

export function HomePage({ of }: HomePageProps) {
  const me = useMe();
  return (
    <>
      <header className={me ? "top with-mark" : "top"}>
        <span className="only-phone">
          <Mark />
        </span>
        <h1>{me ? t.nav.home : t.nav.local}</h1>
        {me && (
          <Link
            to="/@{$handle}"
            params={{ handle: me.acct }}
            className="only-phone own-face"
            aria-label={t.nav.profile}
          >
            <Avatar account={me} size="sm" />
          </Link>
        )}
        <nav className="tabs" aria-label={t.nav.home}>
          {me && (
            <Link to="/" className="tab" activeProps={{ className: "here" }} activeOptions={{ exact: true }}>
              {t.nav.following}
            </Link>
          )}
          <Link to="/local" className="tab" activeProps={{ className: "here" }}>
            {t.nav.local}
          </Link>
        </nav>
      </header>
      {me && <Composer key={me.id} purpose={{ kind: "new" }} place="in-feed" />}
      {me && <OutboxList />}
      {of === "following" ? <Following /> : <Local />}
    </>
  );
}

function Following() {
  return (
    <>
      <FreshPill list={keys.list("home")} />
      <PostFeed
        live
        listKey={keys.list("home")}
        read={timelines.home}
        empty={
          <EmptyState title={t.feed.emptyHome} body={t.feed.emptyHomeBody}>
            <Link to="/local" className="button ghost">
              {t.feed.seeLocal}
            </Link>
          </EmptyState>
        }
      />
    </>
  );
}

function Local() {
  useLive();
  return (
    <>
      <FreshPill list={keys.list("local")} />
      <PostFeed
        listKey={keys.list("local")}
        read={timelines.local}
        empty={<EmptyState title={t.feed.emptyLocal} body={t.feed.emptyLocalBody} />}
      />
    </>
  );
}
