import type { Person } from "~/api/types";
import { t } from "~/text";

const tones: Record<string, string> = {
  active: "good",
  pending: "mine",
  frozen: "warm",
  limited: "warm",
  sensitive: "warm",
  suspended: "bad",
  unconfirmed: "",
};

export function standingsOf(person: Person): string[] {
  const found = [
    person.suspended && "suspended",
    person.disabled && "frozen",
    person.silenced && "limited",
    person.sensitized && "sensitive",
    !person.approved && "pending",
    !person.confirmed && "unconfirmed",
  ].filter((one) => one !== false);
  return found.length > 0 ? found : ["active"];
}

/** How an account stands, in words beside a dot. */
export function Standing({ person }: { person: Person }) {
  return (
    <>
      {standingsOf(person).map((one) => (
        <span key={one} className={`tag ${tones[one]}`}>
          {t.standing[one]}
        </span>
      ))}
    </>
  );
}
