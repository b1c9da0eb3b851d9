import type { CSSProperties } from "react";
import type { Account } from "@/api/types";
import { hueOf, letterOf } from "./portrait";

type AvatarProps = { account: Account; size?: "xs" | "sm" | "md" | "xl"; online?: boolean };

const noPicture = (url: string) =>
  !url || /\/(missing|default)\b[^?]*$/.test(url) || url.startsWith("data:,");

/** A person: a squircle with their picture, or their letter. The name always stands beside it. */
export function Avatar({ account, size = "md", online = false }: AvatarProps) {
  const hue: CSSProperties & { "--h": number } = { "--h": hueOf(account.acct) };
  return (
    <span className={`av ${size}`} style={hue} aria-hidden="true">
      {noPicture(account.avatar) ? (
        <b>{letterOf(account.display_name, account.username)}</b>
      ) : (
        <img src={account.avatar} alt="" loading="lazy" decoding="async" />
      )}
      {online && <i className="online" />}
    </span>
  );
}
