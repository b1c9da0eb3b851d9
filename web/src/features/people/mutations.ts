// What a person decides about another. Shown at once, taken back with a word if the server refuses.
import { useQueryClient } from "@tanstack/react-query";
import { type AccountVerb, accounts } from "@/api/endpoints";
import type { Account, Relationship } from "@/api/types";
import { changeRelationship, dropFromLists, keepRelationships, keys } from "@/entities/cache";
import { toggle } from "@/entities/toggles";
import { looked } from "@/features/insight/looks";
import { t } from "@/text";
import { say, sayError } from "@/ui/toast";

export function usePersonActions(account: Account) {
  const cache = useQueryClient();
  const { id } = account;
  const settle = (relationship: Relationship) => keepRelationships(cache, [relationship]);

  const run = async (
    verb: AccountVerb,
    done: string | null,
    body?: Record<string, string | number | boolean>,
  ) => {
    try {
      settle(await accounts.verb(id, verb, body));
      if (done) say(done);
      // Whom one follows, blocks or mutes decides what home and the lists hold.
      if (verb !== "note") void cache.invalidateQueries({ queryKey: keys.list() });
    } catch (error) {
      sayError(error);
    }
  };
  const follow = (post?: string) => {
    const now = cache.getQueryData<Relationship>(keys.relationship(id));
    const following = Boolean(now?.following || now?.requested);
    return toggle({
      key: `follow:${id}`,
      now: following,
      wish: !following,
      show: (on) =>
        changeRelationship(cache, id, (one) => ({
          ...one,
          following: on && !account.locked,
          requested: on && account.locked,
        })),
      send: async (on) => {
        settle(await accounts.verb(id, on ? "follow" : "unfollow"));
        if (on && post) looked("followed", post);
        void cache.invalidateQueries({ queryKey: keys.list("home") });
      },
      failed: sayError,
    });
  };
  const bell = () => {
    const notifying = Boolean(cache.getQueryData<Relationship>(keys.relationship(id))?.notifying);
    return toggle({
      key: `bell:${id}`,
      now: notifying,
      wish: !notifying,
      show: (on) => changeRelationship(cache, id, (one) => ({ ...one, notifying: on })),
      send: async (on) => settle(await accounts.verb(id, "follow", { notify: on })),
      failed: sayError,
    });
  };
  return {
    follow,
    bell,
    block: () => run("block", t.person.blockedDone),
    unblock: () => run("unblock", null),
    mute: (duration: number) => run("mute", t.person.muted, { duration, notifications: true }),
    unmute: () => run("unmute", t.person.unmuted),
    removeFollower: () => run("remove_from_followers", t.person.removed),
    note: (comment: string) => run("note", t.app.saved, { comment }),
    answer: async (verb: "authorize" | "reject") => {
      try {
        settle(await accounts.answer(id, verb));
        dropFromLists(cache, id, keys.list("requests"));
        say(verb === "authorize" ? t.person.accepted : t.person.rejected);
      } catch (error) {
        sayError(error);
      }
    },
  };
}
