import { messagePrivacyOf } from "@/api/chats";
import type { ProfileEdit } from "@/api/endpoints";
import type { WhoMayMessage } from "@/api/types";
import { useMe } from "@/app/useSession";
import { t } from "@/text";
import { Switch } from "@/ui/Switch";
import { sayError } from "@/ui/toast";
import { useSaveProfile } from "./useSaveProfile";

const people: WhoMayMessage[] = ["everyone", "following", "nobody"];

/** Who writes to one, and what they learn of one. What an older server does not know is not offered. */
export function MessageSettings() {
  const me = useMe();
  const save = useSaveProfile();
  if (!me) return null;
  const change = (edit: ProfileEdit) => void save(edit).catch(sayError);
  const now = messagePrivacyOf(me);
  return (
    <>
      <Who
        label={t.settings.who}
        now={now.who_may_message}
        onChange={(who_may_message) => change({ who_may_message })}
      />
      {now.who_sees_presence && (
        <Who
          label={t.chats.presence}
          hint={t.chats.presenceHint}
          now={now.who_sees_presence}
          onChange={(who_sees_presence) => change({ who_sees_presence })}
        />
      )}
      {now.read_receipts !== undefined && (
        <Switch
          label={t.chats.receipts}
          hint={t.chats.receiptsHint}
          checked={now.read_receipts}
          onChange={(read_receipts) => change({ read_receipts })}
        />
      )}
      {now.typing_indicators !== undefined && (
        <Switch
          label={t.chats.typingSetting}
          hint={t.chats.typingHint}
          checked={now.typing_indicators}
          onChange={(typing_indicators) => change({ typing_indicators })}
        />
      )}
    </>
  );
}

type WhoProps = {
  label: string;
  hint?: string;
  now: WhoMayMessage;
  onChange: (who: WhoMayMessage) => void;
};

function Who({ label, hint, now, onChange }: WhoProps) {
  return (
    <fieldset className="form">
      <legend className="label contents">{label}</legend>
      <div className="pills">
        {people.map((who) => (
          <button
            key={who}
            type="button"
            className="pill"
            aria-pressed={now === who}
            onClick={() => onChange(who)}
          >
            {t.settings[who]}
          </button>
        ))}
      </div>
      {hint && <p className="text-small text-faint">{hint}</p>}
    </fieldset>
  );
}
