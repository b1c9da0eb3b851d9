import { useQueryClient } from "@tanstack/react-query";
import { accounts } from "@/api/endpoints";
import { dropFromLists, keepRelationships, keys } from "@/entities/cache";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { sayError } from "@/ui/toast";

type UndoProps = { id: string };

export const Unblock = ({ id }: UndoProps) => <Undo id={id} verb="unblock" list="blocked" />;
export const Unmute = ({ id }: UndoProps) => <Undo id={id} verb="unmute" list="muted" />;

function Undo({ id, verb, list }: UndoProps & { verb: "unblock" | "unmute"; list: string }) {
  const cache = useQueryClient();
  const undo = async () => {
    try {
      keepRelationships(cache, [await accounts.verb(id, verb)]);
      dropFromLists(cache, id, keys.list(list));
    } catch (error) {
      sayError(error);
    }
  };
  return (
    <Button look="ghost" small onClick={() => void undo()}>
      {verb === "unblock" ? t.person.unblock : t.app.undo}
    </Button>
  );
}
