import type { ProfileEdit } from "@/api/endpoints";
import type { Visibility } from "@/api/types";
import { useMe } from "@/app/useSession";
import { t } from "@/text";
import { Switch } from "@/ui/Switch";
import { sayError } from "@/ui/toast";
import { useSaveProfile } from "./useSaveProfile";

const audiences: Visibility[] = ["public", "unlisted", "private"];

export function PrivacySettings() {
  const me = useMe();
  const save = useSaveProfile();
  if (!me) return null;
  const change = (edit: ProfileEdit) => void save(edit).catch(sayError);
  const { source } = me;
  return (
    <>
      <Switch
        label={t.settings.locked}
        hint={t.settings.lockedHint}
        checked={me.locked}
        onChange={(locked) => change({ locked })}
      />
      <Switch
        label={t.settings.discoverable}
        hint={t.settings.discoverableHint}
        checked={Boolean(source.discoverable ?? me.discoverable)}
        onChange={(discoverable) => change({ discoverable })}
      />
      <Switch
        label={t.settings.indexable}
        hint={t.settings.indexableHint}
        checked={Boolean(source.indexable ?? me.indexable)}
        onChange={(indexable) => change({ indexable })}
      />
      <Switch
        label={t.settings.hide}
        hint={t.settings.hideHint}
        checked={Boolean(source.hide_collections ?? me.hide_collections)}
        onChange={(hide_collections) => change({ hide_collections })}
      />
      <fieldset className="form">
        <legend className="label contents">{t.settings.defaultAudience}</legend>
        <div className="pills">
          {audiences.map((privacy) => (
            <button
              key={privacy}
              type="button"
              className="pill"
              aria-pressed={source.privacy === privacy}
              onClick={() => change({ privacy })}
            >
              {t.audience[privacy]}
            </button>
          ))}
        </div>
      </fieldset>
    </>
  );
}
