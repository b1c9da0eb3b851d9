import type { CSSProperties } from "react";
import type { Account, Chat } from "@/api/types";
import { usePresence } from "@/entities/presence";
import { Avatar } from "@/ui/Avatar";
import { hueOf, letterOf } from "@/ui/portrait";

type ChatAvatarProps = { chat: Chat; other: Account | undefined; size?: "sm" | "md" };

/** A person with their dot, or a group: its picture or letter, and another squircle behind it. */
export function ChatAvatar({ chat, other, size = "md" }: ChatAvatarProps) {
  const here = usePresence(chat.account_id ?? "");
  if (chat.kind === "direct" && other) return <Avatar account={other} size={size} online={here?.online} />;
  const hue: CSSProperties & { "--h": number } = { "--h": hueOf(chat.id) };
  return (
    <span className={`av group ${size}`} style={hue} aria-hidden="true">
      {chat.picture ? (
        <img src={chat.picture} alt="" loading="lazy" decoding="async" />
      ) : (
        <b>{chat.kind === "group" ? letterOf(chat.name, chat.name) : "·"}</b>
      )}
    </span>
  );
}
