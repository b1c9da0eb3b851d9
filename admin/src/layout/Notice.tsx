import { Notification } from "react-admin";

/**
 * Long enough to think again: what can be undone is sent when this fades. It waits while the pointer rests on it, so it stands
 * beside the rail, where no button that makes it has the pointer.
 */
export function Notice() {
  return (
    <Notification
      autoHideDuration={5_000}
      anchorOrigin={{ vertical: "bottom", horizontal: "left" }}
      sx={{ "@media (min-width: 861px)": { left: "252px" } }}
    />
  );
}
