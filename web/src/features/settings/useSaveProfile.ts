import { useQueryClient } from "@tanstack/react-query";
import { accounts, type ProfileEdit } from "@/api/endpoints";
import { replaceAccount } from "@/api/session";
import { keepAccount } from "@/entities/cache";
import { t } from "@/text";
import { say } from "@/ui/toast";

/** Saves a part of one's own profile, and puts the answer wherever it is shown. */
export function useSaveProfile() {
  const cache = useQueryClient();
  return async (edit: ProfileEdit) => {
    const account = await accounts.edit(edit);
    keepAccount(cache, account);
    replaceAccount(account);
    say(t.app.saved);
  };
}
