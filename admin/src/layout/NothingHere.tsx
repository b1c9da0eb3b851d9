import { t } from "~/text";
import { Empty } from "~/ui/Empty";
import { PageHead } from "~/ui/PageHead";

/** No such page, or none for this role: the panel does not tell which. */
export function NothingHere() {
  return (
    <>
      <PageHead title={t.nothingHere.title} />
      <div className="sheet">
        <Empty title={t.nothingHere.title} says={t.nothingHere.says} />
      </div>
    </>
  );
}
