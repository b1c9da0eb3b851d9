// What can be undone is not asked about: it is shown as done, and done some seconds later unless it is undone. react-admin
// keeps what waits; a page that is closed meanwhile asks first.
import { useDelete, useDeleteMany, useNotify, useRefresh, useUpdate, useUpdateMany } from "react-admin";
import type { ResourceName } from "~/api/resources";
import { explain } from "./explain";

type Thing = { id: string | number };
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
  const options = (change: Change) => ({
    mutationMode: "undoable" as const,
    onSuccess: () => {
      notify(change.said, { type: "info", undoable: true });
      change.onDone?.();
    },
    onSettled: () => refresh(),
    onError: (error: unknown) => notify(explain(error), { type: "error" }),
  });
  const meta = (change: Change) => ({ act: change.act, values: change.values });
  return {
    change: (record: Thing, change: Change) =>
      update(
        resource,
        { id: record.id, data: change.shown ?? {}, previousData: record, meta: meta(change) },
        options(change),
      ),
    changeMany: (ids: (string | number)[], change: Change) =>
      updateMany(resource, { ids, data: change.shown ?? {}, meta: meta(change) }, options(change)),
    remove: (record: Thing, change: Change) =>
      remove(resource, { id: record.id, previousData: record, meta: meta(change) }, options(change)),
    removeMany: (ids: (string | number)[], change: Change) =>
      removeMany(resource, { ids, meta: meta(change) }, options(change)),
  };
}
