import { skipToken, useQuery } from "@tanstack/react-query";
import { Outlet, useMatchRoute, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import type { Chat } from "@/api/types";
import { setPlace } from "@/app/title";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { chatKeys } from "./cache";
import { ListPane } from "./ListPane";

/** The list and the chat that is open: side by side on a desk, one at a time on a phone. */
export function ChatsPage() {
  const { id } = useParams({ strict: false });
  const matches = useMatchRoute();
  useEffect(() => (id === undefined ? setPlace(t.chats.title) : undefined), [id]);
  // A request that is open stands among the requests.
  const chat = useQuery<Chat>({ queryKey: chatKeys.chat(id ?? ""), queryFn: skipToken }).data;
  const atRequests = matches({ to: "/chats/requests" }) !== false;
  return (
    <div className="split" data-open={id !== undefined || undefined}>
      <ListPane open={id} atRequests={atRequests || chat?.role === "invited"} />
      <div className="conv-pane">
        <Outlet />
      </div>
    </div>
  );
}

export function NoChat() {
  return (
    <div className="no-chat">
      <EmptyState title={t.chats.pick} body={t.chats.pickBody} />
    </div>
  );
}
