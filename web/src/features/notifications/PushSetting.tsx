import { t } from "@/text";
import { Switch } from "@/ui/Switch";
import { usePush } from "./usePush";

/** Whether this browser is told while no tab is open; nothing where it cannot be. */
export function PushSetting() {
  const push = usePush();
  if (push.state === "cannot") return <p className="note m-5">{t.notices.pushCannot}</p>;
  if (push.state === "denied") return <p className="note m-5">{t.notices.pushDenied}</p>;
  return (
    <Switch
      label={t.notices.push}
      hint={t.notices.pushHint}
      checked={push.state === "on"}
      onChange={(on) => void push.turn(on)}
    />
  );
}
