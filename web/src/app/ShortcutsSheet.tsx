import { t } from "@/text";
import { Sheet } from "@/ui/Sheet";
import { shortcutList, shortcutsOpen } from "./shortcuts";

export default function ShortcutsSheet() {
  return (
    <Sheet open onClose={() => shortcutsOpen.set(false)} title={t.keys.title}>
      <dl className="keys sheet-pad">
        {shortcutList.map(([keys, what]) => (
          <div key={what} className="contents">
            <dt>{what}</dt>
            <dd>
              {keys.split(" ").map((key) => (
                <kbd key={key} className="ml-1">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Sheet>
  );
}
