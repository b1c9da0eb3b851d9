import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { UsersRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { chats } from "@/api/chats";
import type { Account, OneChat } from "@/api/types";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Sheet } from "@/ui/Sheet";
import { sayError } from "@/ui/toast";
import { keepOne, listAgain } from "./cache";
import { PeoplePicker } from "./PeoplePicker";

/** Where a chat begins: with one person at once, with several under a name. */
export default function NewChat({ onClose }: { onClose: () => void }) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [group, setGroup] = useState(false);
  const [chosen, setChosen] = useState<readonly Account[]>([]);
  const [busy, setBusy] = useState(false);

  const open = async (opened: Promise<OneChat>) => {
    setBusy(true);
    try {
      const chat = keepOne(cache, await opened);
      listAgain(cache);
      onClose();
      void navigate({ to: "/chats/$id", params: { id: chat.id }, search: {} });
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  };
  const choose = (account: Account) => {
    if (!group) return void open(chats.open(account.id));
    setChosen((now) =>
      now.some((one) => one.id === account.id)
        ? now.filter((one) => one.id !== account.id)
        : [...now, account],
    );
  };
  const make = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = new FormData(event.currentTarget).get("name");
    const ids = chosen.map((one) => one.id);
    void open(chats.openGroup(typeof name === "string" ? name.trim() : "", ids));
  };
  return (
    <Sheet open onClose={onClose} title={group ? t.chats.newGroup : t.chats.new} full>
      <div className="sheet-pad grid gap-4">
        {group ? (
          <form className="flex items-end gap-2" onSubmit={make}>
            <div className="flex-1">
              <Field
                label={t.chats.groupName}
                name="name"
                required
                maxLength={100}
                dir="auto"
                autoComplete="off"
              />
            </div>
            <Button type="submit" disabled={busy || chosen.length === 0}>
              {t.chats.make}
            </Button>
          </form>
        ) : (
          <button type="button" className="person pick new-group" onClick={() => setGroup(true)}>
            <span className="av new-mark">
              <UsersRound className="i" />
            </span>
            <span className="stack">
              <span className="name">{t.chats.newGroup}</span>
            </span>
          </button>
        )}
        <PeoplePicker chosen={group ? chosen : []} onChoose={choose} />
      </div>
    </Sheet>
  );
}
