import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { timelines } from "@/api/endpoints";
import type { Account } from "@/api/types";
import { PageHead } from "@/app/PageHead";
import { type ProfileTab, profileTabs } from "@/app/router";
import { keys } from "@/entities/cache";
import { useAccountByHandle, usePostList, useRelationship } from "@/entities/hooks";
import { looked } from "@/features/insight/looks";
import { nameOf } from "@/features/posts/PostCard";
import { PostFeed } from "@/features/timelines/PostFeed";
import { t } from "@/text";
import { RichText } from "@/text/RichText";
import { monthOf } from "@/text/time";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { MediaGrid } from "./MediaGrid";
import { ProfileHead } from "./ProfileHead";

const names = {
  posts: t.person.tabPosts,
  replies: t.person.tabReplies,
  media: t.person.tabMedia,
  about: t.person.tabAbout,
};

export function ProfilePage() {
  const { handle } = useParams({ from: "/shell/@{$handle}" });
  const { tab = "posts" } = useSearch({ from: "/shell/@{$handle}" });
  const { account, error, retry } = useAccountByHandle(handle);
  const visited = account?.id;
  useEffect(() => {
    if (visited) looked("visited", visited);
  }, [visited]);
  return (
    <>
      <PageHead title={account ? nameOf(account) : `@${handle}`} />
      {error ? (
        <ErrorState error={error} onRetry={retry} />
      ) : account ? (
        <>
          <ProfileHead account={account} />
          <nav className="tabs inset" aria-label={nameOf(account)}>
            {profileTabs.map((one) => (
              <Link
                key={one}
                to="/@{$handle}"
                params={{ handle }}
                search={one === "posts" ? {} : { tab: one }}
                resetScroll={false}
                className={tab === one ? "tab here" : "tab"}
                aria-current={tab === one ? "page" : undefined}
                activeOptions={{ includeSearch: true, exact: true }}
              >
                {names[one]}
              </Link>
            ))}
          </nav>
          <Content key={account.id} account={account} tab={tab} />
        </>
      ) : (
        <Skeleton kind="profile" />
      )}
    </>
  );
}

function Content({ account, tab }: { account: Account; tab: ProfileTab }) {
  const { data: relation } = useRelationship(account.id);
  if (relation?.blocking) return <EmptyState title={t.person.blocked} body={t.person.blockedBody} />;
  switch (tab) {
    case "posts":
      return <Posts account={account} />;
    case "replies":
      return (
        <PostFeed
          key="replies"
          listKey={keys.list("account", account.id, "replies")}
          read={timelines.account(account.id, {})}
          empty={<EmptyState title={t.feed.emptyReplies} body={t.feed.emptyProfileBody} />}
        />
      );
    case "media":
      return <MediaGrid account={account} />;
    case "about":
      return <About account={account} />;
  }
}

function Posts({ account }: { account: Account }) {
  const pinned = usePostList(
    keys.list("account", account.id, "pinned"),
    timelines.account(account.id, { pinned: true }),
  );
  return (
    <PostFeed
      pinned={pinned.ids}
      listKey={keys.list("account", account.id, "posts")}
      read={timelines.account(account.id, { exclude_replies: true })}
      empty={<EmptyState title={t.feed.emptyProfile} body={t.feed.emptyProfileBody} />}
    />
  );
}

function About({ account }: { account: Account }) {
  const interests = account.sociosphere?.interests ?? [];
  return (
    <div className="who pt-5">
      {account.note ? (
        <RichText html={account.note} emojis={account.emojis} className="bio" />
      ) : (
        <p className="sub">{t.person.noBio}</p>
      )}
      <dl className="fields">
        {account.fields.map((field) => (
          <div key={field.name} className={field.verified_at ? "proved" : ""}>
            <dt dir="auto">{field.name}</dt>
            <dd>
              <RichText html={field.value} emojis={account.emojis} className="" />
            </dd>
          </div>
        ))}
        <div>
          <dt>{t.person.since}</dt>
          <dd>{monthOf(account.created_at)}</dd>
        </div>
      </dl>
      {interests.length > 0 && (
        <>
          <h2 className="mt-5">{t.person.interests}</h2>
          <ul className="tagline">
            {interests.map((one) => (
              <li key={one} className="tag">
                {one}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
