// The kinds of notification by what they mean to a reader.

/** Staff speak as staff: which of them did, nobody learns. */
export const isFromStaff = (type: string) =>
  type === "moderation_warning" || type === "report_decided" || type === "appeal_decided";
