import { Notification } from "react-admin";

/** Long enough to think again: what can be undone is sent when this fades. */
export function Notice() {
  return <Notification autoHideDuration={5_000} />;
}
