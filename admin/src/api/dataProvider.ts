// react-admin's data provider over our API: cursors for pages, words for sorts, one call for each thing that changes.
import type { DataProvider } from "react-admin";
import { isHidden } from "./hidden";
import { gather, Keyset, longest } from "./keyset";
import { isLeaving } from "./leaving";
import { type Filter, resourceOf } from "./resources";

/** Sorts are words of the server; `id` is react-admin's word for none. */
export const wordOf = (field: string) => (field === "id" ? "" : field);

/** What is empty is not asked for. */
export function filterOf(filter: Record<string, unknown>): Filter {
  const kept = Object.entries(filter).filter(
    ([, value]) => value !== undefined && value !== null && value !== "",
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, String(value)]));
}

/** One after the other, so that the first refusal ends it; a page that goes away has no time for that. */
async function eachOf(ids: readonly (string | number)[], send: (id: string) => Promise<unknown>) {
  if (isLeaving()) await Promise.all(ids.map((id) => send(String(id))));
  else for (const id of ids) await send(String(id));
}

export function makeDataProvider(): DataProvider {
  const keyset = new Keyset();
  const refuse = () => Promise.reject(new Error("the panel does not ask this way"));
  return {
    getList: async (name, params) => {
      const resource = resourceOf(name);
      const { page, perPage } = params.pagination ?? { page: 1, perPage: 50 };
      const sort = wordOf(params.sort?.field ?? "");
      const filter = filterOf(params.filter ?? {});
      const read = (cursor: string | null, limit: number) => resource.list(filter, sort, cursor, limit);
      if (perPage > longest) {
        const items = await gather(read, perPage);
        return { data: items as never[], pageInfo: { hasNextPage: false, hasPreviousPage: false } };
      }
      const question = JSON.stringify([name, filter, sort, perPage]);
      const { items, next, total, meta } = await keyset.page(question, page, perPage, read);
      return {
        data: items.filter((one) => !isHidden(name, one.id)) as never[],
        total,
        meta,
        pageInfo: { hasNextPage: next !== null, hasPreviousPage: page > 1 },
      };
    },
    getOne: async (name, { id }) => {
      const { one } = resourceOf(name);
      if (!one) return refuse();
      return { data: (await one(String(id))) as never };
    },
    getMany: async (name, { ids }) => {
      const { one } = resourceOf(name);
      if (!one) return refuse();
      return { data: (await Promise.all(ids.map((id) => one(String(id))))) as never[] };
    },
    getManyReference: refuse,
    create: async (name, { data }) => {
      const { create } = resourceOf(name);
      if (!create) return refuse();
      return { data: (await create(data)) as never };
    },
    update: async (name, { id, data, meta, previousData }) => {
      const { update } = resourceOf(name);
      if (!update) return refuse();
      await update(String(id), meta?.values ?? data, meta?.act);
      // The lists are read again after a change: what stands there until then is what was hoped for.
      return { data: { ...previousData, ...data, id } as never };
    },
    updateMany: async (name, { ids, data, meta }) => {
      const { update } = resourceOf(name);
      if (!update) return refuse();
      await eachOf(ids, (id) => update(id, meta?.values ?? data, meta?.act));
      return { data: ids };
    },
    delete: async (name, { id, previousData, meta }) => {
      const { remove } = resourceOf(name);
      if (!remove) return refuse();
      await remove(String(id), meta?.values ?? {});
      return { data: { ...previousData, id } as never };
    },
    deleteMany: async (name, { ids, meta }) => {
      const { remove } = resourceOf(name);
      if (!remove) return refuse();
      await eachOf(ids, (id) => remove(id, meta?.values ?? {}));
      return { data: ids };
    },
  };
}
