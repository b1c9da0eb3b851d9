// Leaves nothing of who was signed in on this device: what they read, what was shown, and the push.
import { forgetKept } from "./remember";

export async function forget(): Promise<void> {
  await forgetKept();
  const registration = await navigator.serviceWorker?.getRegistration();
  if (!registration) return;
  for (const shown of (await registration.getNotifications?.()) ?? []) shown.close();
  await (await registration.pushManager?.getSubscription())?.unsubscribe();
}
