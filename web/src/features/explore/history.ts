// Use by day comes as texts, today first.
import type { Tag } from "@/api/types";

type Days = Tag["history"];

/** People of each day, the oldest first. */
export const weekOf = (days: Days): number[] => days.map((day) => Number(day.accounts) || 0).reverse();

/** People of the week; who came on two days counts twice. */
export const peopleThisWeek = (days: Days): number => weekOf(days).reduce((sum, day) => sum + day, 0);
