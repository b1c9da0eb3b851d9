import { accounts } from "@/api/endpoints";
import type { Account } from "@/api/types";
import { PageHead } from "@/app/PageHead";
import { keys } from "@/entities/cache";
import { useAccount } from "@/entities/hooks";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { usePersonActions } from "./mutations";
import { PersonList } from "./PersonList";

export function RequestsPage() {
  return (
    <>
      <PageHead title={t.person.requests} />
      <PersonList
        listKey={keys.list("requests")}
        read={accounts.requests}
        empty={<EmptyState title={t.person.noRequests} body={t.person.noRequestsBody} />}
        action={(id) => <Answer id={id} />}
      />
    </>
  );
}

function Answer({ id }: { id: string }) {
  const { data: account } = useAccount(id);
  return account ? <Buttons account={account} /> : null;
}

function Buttons({ account }: { account: Account }) {
  const act = usePersonActions(account);
  return (
    <span className="flex gap-2">
      <Button small onClick={() => void act.answer("authorize")}>
        {t.person.accept}
      </Button>
      <Button look="ghost" small onClick={() => void act.answer("reject")}>
        {t.person.reject}
      </Button>
    </span>
  );
}
