import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { live } from "@/api/live";
import type { Chat } from "@/api/types";
import { keepAccounts } from "@/entities/cache";
import {
  catchUp,
  chatKeys,
  countAgain,
  forgetChat,
  keepOne,
  listAgain,
  takeChange,
  takeMessage,
  takeRead,
  takeReceipt,
} from "./cache";
import { connected, useConnected } from "./connection";
import { deliver, tellDelivered, tellReceived } from "./deliver";
import { heard } from "./heard";
import { flush, openOutbox } from "./outbox";
import { takeTyping } from "./typing";

/** Puts what happens in chats where the screens read it, and sends what waits, wherever the person is. Shows nothing. */
export default function ChatsAlive({ me }: { me: string }) {
  const cache = useQueryClient();
  const online = useConnected();
  useEffect(() => openOutbox(me, deliver, (message) => takeMessage(cache, message, null, me)), [cache, me]);
  useEffect(() => {
    if (online) {
      for (const [, chat] of cache.getQueriesData<Chat>({ queryKey: ["chat"] })) if (chat) tellReceived(chat);
      return void flush();
    }
    const count = () => void countAgain(cache).catch(() => undefined);
    count();
    const timer = setInterval(count, 60_000);
    return () => clearInterval(timer);
  }, [cache, online]);
  useEffect(() => {
    const again = () => {
      listAgain(cache);
      for (const { queryKey } of cache.getQueryCache().findAll({ queryKey: ["chat-messages"] }))
        catchUp(cache, String(queryKey[1])).catch(() => undefined);
      void cache.invalidateQueries({ queryKey: ["chat-receipts"] });
    };
    const ends = [
      live.on("chat.message", ({ chat_id, message, account }) => {
        takeMessage(cache, message, account, me);
        if (!message.account_id || message.account_id === me) return;
        takeTyping(chat_id, message.account_id, false);
        heard.set(message);
        tellDelivered(chat_id, message.number);
      }),
      live.on("chat.changed", ({ message }) => takeChange(cache, message)),
      live.on("chat.updated", (one) => {
        keepAccounts(cache, one.accounts);
        keepOne(cache, one);
        void cache.invalidateQueries({ queryKey: chatKeys.members(one.chat.id) });
        listAgain(cache);
      }),
      live.on("chat.gone", ({ chat_id }) => forgetChat(cache, chat_id)),
      live.on("chat.read", ({ chat_id, account_id, number }) =>
        account_id === me
          ? takeRead(cache, chat_id, number)
          : takeReceipt(cache, chat_id, account_id, { read_number: number }),
      ),
      live.on("chat.delivered", ({ chat_id, account_id, number }) =>
        takeReceipt(cache, chat_id, account_id, { delivered_number: number }),
      ),
      live.on("chat.typing", ({ chat_id, account_id, typing }) =>
        account_id !== me ? takeTyping(chat_id, account_id, typing) : undefined,
      ),
      live.onReturn(again),
    ];
    // This comes after the first screen: what was told before was told to nobody.
    if (connected()) again();
    return () => {
      for (const end of ends) end();
    };
  }, [cache, me]);
  return null;
}
