import { type FormEvent, useEffect, useRef } from "react";
import type { Chat } from "@/api/types";
import { useUploads } from "@/features/composer/useUploads";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { FileButton } from "@/ui/FileButton";
import { Ring } from "@/ui/Ring";
import { say } from "@/ui/toast";
import { ChatAvatar } from "./ChatAvatar";
import { useGroupActions } from "./useGroupActions";

type GroupLooksProps = { chat: Chat; mayChange: boolean };

/** A group's picture and name. */
export function GroupLooks({ chat, mayChange }: GroupLooksProps) {
  const act = useGroupActions(chat);
  const uploads = useUploads([], undefined);
  const [upload] = uploads.list;
  // The picture is the group's as soon as the server has it.
  const done = useRef("");
  useEffect(() => {
    if (!upload || upload.key === done.current) return;
    if (upload.state === "ready" && upload.media) {
      done.current = upload.key;
      void act.change({ picture_id: upload.media.id });
    } else if (upload.state === "failed") {
      done.current = upload.key;
      say(upload.error ?? t.compose.failed);
    } else return;
    uploads.remove(upload.key);
  });
  const rename = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = new FormData(event.currentTarget).get("name");
    if (typeof name === "string" && name.trim() !== chat.name) void act.change({ name: name.trim() });
  };
  return (
    <div className="details-head">
      <ChatAvatar chat={chat} other={undefined} />
      {mayChange ? (
        <form className="looks-form" onSubmit={rename}>
          <Field
            label={t.chats.name}
            name="name"
            key={chat.name}
            defaultValue={chat.name}
            required
            maxLength={100}
            dir="auto"
            autoComplete="off"
          />
          <div className="flex flex-wrap items-center gap-2">
            <Button type="submit" small>
              {t.chats.rename}
            </Button>
            <FileButton kinds="image/*" onFiles={uploads.add}>
              {(choose) => (
                <Button look="ghost" small disabled={Boolean(upload)} onClick={choose}>
                  {t.chats.picture}
                </Button>
              )}
            </FileButton>
            {upload && <Ring share={upload.progress} label={t.compose.uploading} />}
            {chat.picture && (
              <Button look="ghost" small onClick={() => void act.change({ picture_id: "" })}>
                {t.chats.removePicture}
              </Button>
            )}
          </div>
        </form>
      ) : (
        <p className="stack">
          <b className="name">
            <bdi>{chat.name}</bdi>
          </b>
          <span className="handle">{t.chats.people(chat.members_count)}</span>
        </p>
      )}
    </div>
  );
}
