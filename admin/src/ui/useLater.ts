// What can be undone is not asked about: it is shown as done, and done some seconds later unless it is undone. react-admin
// keeps what waits; a page that is closed or loaded anew meanwhile sends it first.
import { useDelete, useDeleteMany, useNotify, useRefresh, useUpdate, useUpdateMany } from "react-admin";
import { announce, hide, type Mark, show } from "~/api/hidden";
import type { ResourceName } from "~/api/resources";
import { explain } from "./explain";
import { refuse } from "./refusals";

type Thing = { id: string | number };
type Ids = (string | number)[];
type Change = {
  act?: string;
  values?: Record<string, unknown>;
  shown?: Record<string, unknown>;
  said: string;
  onDone?: () => void;
};

export function useLater(resource: ResourceName) {
  const notify = useNotify();
  const refresh = useRefresh();
  const [update] = useUpdate();
  const [updateMany] = useUpdateMany();
  const [remove] = useDelete();
  const [removeMany] = useDeleteMany();
  const options = (change: Change, mark: Mark | null) => {
    announce(mark);
    return {
      mutationMode: "undoable" as const,
      onSuccess: () => {
        notify(change.said, { type: "info", undoable: true });
        change.onDone?.();
      },
      onSettled: () => refresh(),
      onError: (error: unknown) => {
        if (mark) show(mark);
        const why = explain(error);
        if (!refuse(why)) notify(why, { type: "error" });
      },
    };
  };
  const meta = (change: Change) => ({ act: change.act, values: change.values });
  const markOf = (ids: Ids, gone: boolean) => (gone ? hide(resource, ids) : null);
  return {
    change: (record: Thing, change: Change) =>
      update(
        resource,
        { id: record.id, data: change.shown ?? {}, previousData: record, meta: meta(change) },
        options(change, markOf([record.id], change.shown?.gone === true)),
      ),
    changeMany: (ids: Ids, change: Change) =>
      updateMany(
        resource,
        { ids, data: change.shown ?? {}, meta: meta(change) },
        options(change, markOf(ids, change.shown?.gone === true)),
      ),
    remove: (record: Thing, change: Change) =>
      remove(
        resource,
        { id: record.id, previousData: record, meta: meta(change) },
        options(change, markOf([record.id], true)),
      ),
    removeMany: (ids: Ids, change: Change) =>
      removeMany(resource, { ids, meta: meta(change) }, options(change, markOf(ids, true))),
  };
}
