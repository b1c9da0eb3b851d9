// The one query cache of the client.
import { newCache } from "@/entities/cache";

export const cache = newCache();
