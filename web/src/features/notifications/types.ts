// The kinds of notification by what they mean to a reader.
import type { NoticeType } from "@/api/types";
import { t } from "@/text";

const staff: readonly NoticeType[] = ["moderation_warning", "report_decided", "appeal_decided"];

/** Who did it, where nobody is named: staff speak as staff, and a sign-in happens to one's own account. */
export function insteadOfName(type: NoticeType): string | null {
  if (staff.includes(type)) return t.notices.staff;
  return type === "new_sign_in" ? t.notices.account : null;
}
