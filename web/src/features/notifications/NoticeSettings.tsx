import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { notifications } from "@/api/endpoints";
import { type Channel, channels, type NoticePolicy, type NoticeWishes, noticePolicies } from "@/api/types";
import { t } from "@/text";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { sayError } from "@/ui/toast";
import { PushSetting } from "./PushSetting";
import { policyKey, usePolicy } from "./queries";

const wishesKey = ["notifications", "wishes"];
const digests: NoticeWishes["digest"][] = ["off", "daily", "weekly"];
const answers = ["accept", "filter", "drop"] as const;

/** What one is told of, where, and by whom. Every choice takes effect at once. */
export function NoticeSettings() {
  return (
    <>
      <PushSetting />
      <Wishes />
      <From />
    </>
  );
}

function Wishes() {
  const cache = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: wishesKey, queryFn: notifications.wishes });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton kind="person" count={4} />;
  const choose = async (next: NoticeWishes) => {
    cache.setQueryData(wishesKey, next);
    try {
      cache.setQueryData(wishesKey, await notifications.wish(next));
    } catch (refused) {
      cache.setQueryData(wishesKey, data);
      sayError(refused);
    }
  };
  const turn = (type: string, channel: Channel, on: boolean) => {
    const row = data.matrix[type];
    if (row) void choose({ ...data, matrix: { ...data.matrix, [type]: { ...row, [channel]: on } } });
  };
  return (
    <>
      {data.email_bounces && (
        <p className="note bad m-5">
          {t.notices.bounces}{" "}
          <Link to="/settings/$section" params={{ section: "email" }} className="underline">
            {t.notices.changeAddress}
          </Link>
        </p>
      )}
      <table className="matrix">
        <caption className="sr-only">{t.notices.matrix}</caption>
        <thead>
          <tr>
            <th scope="col">{t.notices.about}</th>
            {channels.map((channel) => (
              <th key={channel} scope="col">
                {t.notices.channels[channel]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(data.matrix).map(([type, row]) => (
            <tr key={type}>
              <th scope="row">{t.notices.kind(type)}</th>
              {channels.map((channel) => (
                <td key={channel}>
                  <label className="cell">
                    <span className="sr-only">
                      {t.notices.kind(type)}, {t.notices.channels[channel]}
                    </span>
                    <input
                      type="checkbox"
                      checked={row[channel]}
                      disabled={data.always[type]?.[channel]}
                      onChange={(event) => turn(type, channel, event.target.checked)}
                    />
                  </label>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <fieldset className="form">
        <legend className="label contents">{t.notices.digest}</legend>
        <p className="-mt-3 text-small text-faint">{t.notices.digestHint}</p>
        <div className="pills">
          {digests.map((digest) => (
            <button
              key={digest}
              type="button"
              className="pill"
              aria-pressed={data.digest === digest}
              onClick={() => void choose({ ...data, digest })}
            >
              {t.notices.digests[digest]}
            </button>
          ))}
        </div>
      </fieldset>
    </>
  );
}

/** From whom: told, held back as a request, or not at all. */
function From() {
  const cache = useQueryClient();
  const { data, error, refetch } = usePolicy();
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton kind="person" count={2} />;
  const choose = async (change: Partial<NoticePolicy>) => {
    cache.setQueryData(policyKey, { ...data, ...change });
    try {
      cache.setQueryData(policyKey, await notifications.choosePolicy(change));
    } catch (refused) {
      cache.setQueryData(policyKey, data);
      sayError(refused);
    }
  };
  return (
    <section aria-label={t.notices.from}>
      <h2 className="from">{t.notices.from}</h2>
      {noticePolicies.map((name) => (
        <fieldset key={name} className="form border-b border-line">
          <legend className="label contents">{t.notices.policies[name]}</legend>
          <div className="pills">
            {answers.map((answer) => (
              <button
                key={answer}
                type="button"
                className="pill"
                aria-pressed={data[name] === answer}
                onClick={() => void choose({ [name]: answer })}
              >
                {t.notices.answers[answer]}
              </button>
            ))}
          </div>
        </fieldset>
      ))}
    </section>
  );
}
