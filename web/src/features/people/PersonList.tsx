import type { ReactNode } from "react";
import type { Page } from "@/api/client";
import type { Cursor } from "@/api/endpoints";
import type { Account } from "@/api/types";
import { useAccountList } from "@/entities/hooks";
import { EndlessList } from "@/ui/EndlessList";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { PersonRow } from "./PersonRow";

type PersonListProps = {
  listKey: readonly string[];
  read: (cursor: Cursor) => Promise<Page<Account>>;
  empty: ReactNode;
  action?: (id: string) => ReactNode;
};

export function PersonList({ listKey, read, empty, action }: PersonListProps) {
  const list = useAccountList(listKey, read);
  if (list.isPending) return <Skeleton kind="person" count={5} />;
  if (list.error && list.ids.length === 0)
    return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (list.ids.length === 0) return empty;
  return (
    <EndlessList
      ids={list.ids}
      pages={list}
      kind="person"
      row={(id) => <PersonRow id={id}>{action?.(id)}</PersonRow>}
    />
  );
}
