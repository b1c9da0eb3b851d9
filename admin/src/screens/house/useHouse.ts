import { useQuery, useQueryClient } from "@tanstack/react-query";
import { read, send, staff } from "~/api/ask";
import type { House } from "~/api/types";

const key = ["house"] as const;
const path = `${staff}/house`;

/** Rules, texts, reserved handles: one answer for all three. */
export function useHouse() {
  const cache = useQueryClient();
  const { data, error } = useQuery({ queryKey: key, queryFn: () => read<House>(path) });
  const put = async (part: string, form: Record<string, unknown>) => {
    cache.setQueryData(key, await send<House>("PUT", `${path}/${part}`, form));
  };
  return { house: data, error, put };
}
