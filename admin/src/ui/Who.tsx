import type { CSSProperties } from "react";
import { Link } from "react-router";
import { hueOf, letterOf } from "@/ui/portrait";
import type { Account, Person } from "~/api/types";
import { useMay } from "~/auth/session";
import { t } from "~/text";

type PortraitProps = { account: Account; size?: "small" | "large" };
const noPicture = (url: string) =>
  !url || /\/(missing|default)\b[^?]*$/.test(url) || url.startsWith("data:,");

/** A squircle with somebody's picture, or their letter; the name stands beside it. */
export function Portrait({ account, size }: PortraitProps) {
  const hue: CSSProperties & { "--h": number } = { "--h": hueOf(account.acct) };
  return (
    <span className={`av ${size ?? ""}`} style={hue} aria-hidden="true">
      {noPicture(account.avatar) ? (
        letterOf(account.display_name, account.username)
      ) : (
        <img src={account.avatar} alt="" loading="lazy" />
      )}
    </span>
  );
}

export const nameOf = (person: Person | null) =>
  person?.account.display_name || person?.username || t.app.unknown;

type WhoProps = { person: Person | null; size?: "small"; linked?: boolean };

/** Somebody in a list: portrait, name, handle; leads to their page for those who may see it. */
export function Who({ person, size, linked = true }: WhoProps) {
  const mayOpen = useMay("manage_people");
  if (!person) return <span className="faint">{t.app.unknown}</span>;
  const inner = (
    <>
      <Portrait account={person.account} size={size} />
      <span>
        <b>
          <bdi>{nameOf(person)}</bdi>
        </b>
        <small>@{person.username}</small>
      </span>
    </>
  );
  if (!linked || !mayOpen) return <span className="who">{inner}</span>;
  return (
    <Link className="who" to={`/people/${person.id}/show`}>
      {inner}
    </Link>
  );
}
