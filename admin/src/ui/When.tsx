import { fullTime, since } from "~/text/words";

type WhenProps = { at: string | null | undefined; never?: string };

/** A time as an age; the full time is in its title. */
export function When({ at, never = "" }: WhenProps) {
  if (!at) return <span className="faint">{never}</span>;
  return (
    <time dateTime={at} title={fullTime(at)} className="nowrap">
      {since(at)}
    </time>
  );
}
