import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { chats } from "@/api/chats";
import type { Chat } from "@/api/types";
import { useAccount } from "@/entities/hooks";
import { nameOf } from "@/features/posts/PostCard";
import { apart, t } from "@/text";
import { Button } from "@/ui/Button";
import { say, sayError } from "@/ui/toast";
import type { Reporting } from "./Conversation";
import { chatKeys, forgetChat, keepOne, listAgain } from "./cache";

type RequestBarProps = { chat: Chat; onReport: (about: Reporting) => void };

/** A stranger's first message, or an invitation, and the four answers to it. */
export function RequestBar({ chat, onReport }: RequestBarProps) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const by = chat.asked_by ?? chat.account_id ?? "";
  const { data: who } = useAccount(by);
  const name = apart(who ? nameOf(who) : t.chats.someone);
  const group = chat.kind === "group";

  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  };
  const accept = () =>
    run(async () => {
      keepOne(cache, await chats.accept(chat.id));
      // That it could not be read before is over.
      void cache.resetQueries({ queryKey: chatKeys.window(chat.id) });
      listAgain(cache);
    });
  const answer = (verb: "ignore" | "block", done: string) =>
    run(async () => {
      await chats.answer(chat.id, verb);
      say(done);
      await navigate({ to: "/chats/requests" });
      forgetChat(cache, chat.id);
      listAgain(cache);
    });
  return (
    <section className="request-bar" aria-label={t.chats.requests}>
      <h3>{group ? t.chats.asksGroup(name) : t.chats.asks(name)}</h3>
      <p>{group ? t.chats.asksGroupBody : t.chats.asksBody}</p>
      <div className="request-answers">
        <Button disabled={busy} onClick={() => void accept()}>
          {t.chats.accept}
        </Button>
        <Button look="ghost" disabled={busy} onClick={() => void answer("ignore", t.chats.ignored)}>
          {t.chats.ignore}
        </Button>
        <Button look="danger" disabled={busy} onClick={() => void answer("block", t.chats.blocked)}>
          {t.chats.block}
        </Button>
        {by && (
          <Button look="danger" disabled={busy} onClick={() => onReport({ accountId: by })}>
            {t.chats.report}
          </Button>
        )}
      </div>
    </section>
  );
}
