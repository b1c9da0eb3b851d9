import { BellRing } from "lucide-react";
import { useState } from "react";
import { useMe } from "@/app/useSession";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { usePush } from "./usePush";

const key = (account: string) => `sociosphere.push.offered.${account}`;

/** Asked once, where somebody just read what they were told: the browser's own question comes after a yes. */
export function PushOffer() {
  const me = useMe();
  const push = usePush();
  const [answered, setAnswered] = useState(() => localStorage.getItem(key(me?.id ?? "")) !== null);
  if (!me || answered || push.state !== "off") return null;
  const answer = (yes: boolean) => {
    localStorage.setItem(key(me.id), yes ? "yes" : "no");
    setAnswered(true);
    if (yes) void push.turn(true);
  };
  return (
    <section className="offer" aria-label={t.notices.offer}>
      <BellRing className="i" />
      <p className="min-w-0">
        <b>{t.notices.offer}</b>
        <span>{t.notices.offerHint}</span>
      </p>
      <span className="flex gap-2">
        <Button look="ghost" small onClick={() => answer(false)}>
          {t.notices.notNow}
        </Button>
        <Button small onClick={() => answer(true)}>
          {t.notices.turnOn}
        </Button>
      </span>
    </section>
  );
}
