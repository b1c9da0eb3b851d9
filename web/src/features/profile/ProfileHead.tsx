import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { accounts } from "@/api/endpoints";
import type { Account } from "@/api/types";
import { useMe } from "@/app/useSession";
import { useRelationship } from "@/entities/hooks";
import { usePresence } from "@/entities/presence";
import { MessageButton } from "@/features/chats/MessageButton";
import { BellButton } from "@/features/people/BellButton";
import { FollowButton } from "@/features/people/FollowButton";
import { Portrait } from "@/features/people/Portrait";
import { nameOf } from "@/features/posts/PostCard";
import { apart, t } from "@/text";
import { number } from "@/text/plural";
import { RichText } from "@/text/RichText";
import { monthOf, shortTime } from "@/text/time";
import { Avatar } from "@/ui/Avatar";
import { PersonMenu } from "./PersonMenu";

type ProfileHeadProps = { account: Account };

export function ProfileHead({ account }: ProfileHeadProps) {
  const me = useMe();
  const mine = me?.id === account.id;
  const { data: relation } = useRelationship(account.id);
  const params = { handle: account.acct };
  const interests = account.sociosphere?.interests ?? [];
  const drawn = account.header && !/\/(missing|default)\b[^?]*$/.test(account.header);
  return (
    <>
      <div className="cover">{drawn && <img src={account.header} alt="" />}</div>
      <section className="who">
        <div className="bigrow">
          <Portrait account={account} size="xl" />
          <div className="acts">
            {me && !mine && <BellButton account={account} />}
            {me && !mine && <PersonMenu account={account} />}
            {me && !mine && <MessageButton account={account} />}
            {mine ? (
              <Link to="/settings/$section" params={{ section: "profile" }} className="button ghost">
                {t.person.edit}
              </Link>
            ) : (
              <FollowButton account={account} />
            )}
          </div>
        </div>
        <h2 className="place">
          <bdi>{nameOf(account)}</bdi>
        </h2>
        <p className="sub">
          @{account.acct}
          {relation?.followed_by && ` · ${t.person.followsYou}`}
          {!mine && <Here id={account.id} />}
          {account.locked && (
            <span title={t.person.locked} role="img" aria-label={t.person.locked}>
              {" "}
              <Lock className="i inline text-small" />
            </span>
          )}
        </p>
        {account.note && <RichText html={account.note} emojis={account.emojis} className="bio" />}
        <dl className="fields">
          {account.fields.slice(0, 3).map((field) => (
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
          <ul className="tagline" aria-label={t.person.interests}>
            {interests.map((one) => (
              <li key={one} className="tag">
                {one}
              </li>
            ))}
          </ul>
        )}
        <p className="nums mt-3">
          <Link to="/@{$handle}/followers" params={params}>
            <b>{number(account.followers_count)}</b> {t.person.followers(account.followers_count)}
          </Link>
          <Link to="/@{$handle}/following" params={params}>
            <b>{number(account.following_count)}</b> {t.person.followingCount}
          </Link>
          <span>
            <b>{number(account.statuses_count)}</b> {t.person.posts(account.statuses_count)}
          </span>
        </p>
        {me && !mine && <Mutual id={account.id} />}
        {relation?.note && (
          <p className="note mt-3" dir="auto">
            {relation.note}
          </p>
        )}
      </section>
    </>
  );
}

/** Whether they are here, where one may know it. */
function Here({ id }: { id: string }) {
  const presence = usePresence(id);
  if (presence?.online) return ` · ${t.person.online}`;
  return presence?.last_seen_at ? ` · ${t.person.lastSeen(shortTime(presence.last_seen_at))}` : null;
}

/** Whom one follows that follows them too; where the server does not say, nothing shows. */
function Mutual({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ["familiar", id],
    queryFn: () => accounts.familiar(id),
    retry: false,
  });
  const people = data?.[0]?.accounts ?? [];
  if (people.length === 0) return null;
  const shown = people.slice(0, 3);
  return (
    <p className="mutual">
      <span className="faces">
        {shown.map((one) => (
          <Avatar key={one.id} account={one} size="xs" />
        ))}
      </span>
      {t.person.mutual(
        shown.slice(0, 2).map((one) => apart(nameOf(one))),
        people.length - Math.min(2, people.length),
      )}
    </p>
  );
}
