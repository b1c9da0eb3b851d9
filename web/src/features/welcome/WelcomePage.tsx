import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { instance, setup, timelines } from "@/api/endpoints";
import { keepStatuses, keys } from "@/entities/cache";
import { PostCard } from "@/features/posts/PostCard";
import { t } from "@/text";
import { ErrorState } from "@/ui/ErrorState";
import { Mark } from "@/ui/Mark";
import { Skeleton } from "@/ui/Skeleton";
import { SignInForm } from "./SignInForm";

/** For someone who is not signed in: what this place is, what goes on, and both doors. */
export function WelcomePage() {
  const cache = useQueryClient();
  const { data: about } = useQuery({
    queryKey: ["instance"],
    queryFn: instance,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const door = useQuery({ queryKey: ["setup"], queryFn: setup }).data?.registrations;
  const live = useQuery({
    queryKey: keys.list("welcome"),
    queryFn: async () =>
      keepStatuses(
        cache,
        (await timelines.latest()).items.filter((one) => !one.sensitive && !one.in_reply_to_id).slice(0, 3),
      ),
  });
  const words = {
    open: t.auth.joinBody,
    approval: t.auth.joinApproval,
    invite: t.auth.joinInvite,
    closed: t.auth.joinClosed,
  };
  return (
    <main id="main" className="welcome">
      <header className="welcome-head">
        <span className="brand">
          <Mark draws />
          <b>{t.app.name}</b>
        </span>
        <Link to="/local" className="button ghost">
          {t.auth.tour}
        </Link>
      </header>
      {about?.thumbnail && <img className="welcome-picture" src={about.thumbnail.url} alt="" />}
      <div className="welcome-grid">
        <div>
          <h1 dir="auto">{about?.title ?? t.app.name}</h1>
          <p className="lead" dir="auto">
            {about?.description || t.auth.welcomeLead}
          </p>
          <section className="live" aria-label={t.auth.live}>
            <h2 className="px-5 pt-5">{t.auth.live}</h2>
            {live.error ? (
              <ErrorState error={live.error} onRetry={() => void live.refetch()} />
            ) : live.isPending ? (
              <Skeleton kind="post" count={3} />
            ) : live.data.length === 0 ? (
              <p className="px-5 py-6 text-faint">{t.auth.quiet}</p>
            ) : (
              live.data.map((id) => <PostCard key={id} id={id} />)
            )}
          </section>
        </div>
        <div className="doors">
          <section className="panel">
            <h2>{t.auth.join}</h2>
            <p className="mb-4 text-soft">{words[door ?? "open"]}</p>
            {door !== "closed" && (
              <Link to="/sign-up" search={{}} className="button primary w-full">
                {t.nav.signUp}
              </Link>
            )}
          </section>
          <section className="panel">
            <h2>{t.auth.have}</h2>
            <SignInForm />
          </section>
        </div>
      </div>
    </main>
  );
}
