import { useQuery } from "@tanstack/react-query";
import { ArrowUp, Check, Plus, Smile } from "lucide-react";
import {
  type DragEvent,
  type KeyboardEvent,
  lazy,
  type RefObject,
  Suspense,
  useEffect,
  useRef,
  useState,
} from "react";
import { instance, media as routes } from "@/api/endpoints";
import type { Chat, ChatMessage, CredentialAccount } from "@/api/types";
import { lengthOf } from "@/features/composer/length";
import { useCompletion } from "@/features/composer/useCompletion";
import { type Attachment, focusText, mediaKinds, useUploads } from "@/features/composer/useUploads";
import { apart, t } from "@/text";
import { FileButton } from "@/ui/FileButton";
import { IconButton } from "@/ui/IconButton";
import { say, sayError } from "@/ui/toast";
import type { Mode } from "./Conversation";
import { filesOf, keepDraft, keepFiles, readDraft } from "./drafts";
import { EmojiButton } from "./EmojiButton";
import { ModeLine } from "./ModeLine";
import { useTitle } from "./names";
import { post } from "./outbox";
import { useOthersNear } from "./queries";
import { typist } from "./typing";
import { useSaveEdit } from "./useSaveEdit";

const Attachments = lazy(() => import("@/features/composer/Attachments"));
const mostMedia = 10;
const mostLetters = 5_000;

type ChatComposerProps = {
  chat: Chat;
  me: CredentialAccount;
  mode: Mode;
  box: RefObject<HTMLTextAreaElement | null>;
  /** Number of the newest message that is known. */
  last: number;
  onMode: (mode: Mode) => void;
  onEditLast: () => void;
  onSent: () => void;
};

/** What pictures show is said before they go. If it cannot be said now, they go without. */
async function describeAll(list: readonly Attachment[]) {
  const said = list.filter((one) => one.media && (one.description || one.focus.x || one.focus.y));
  await Promise.all(
    said.map((one) => one.media && routes.describe(one.media.id, one.description, focusText(one.focus))),
  ).catch(sayError);
}

/** On glass Enter breaks the line, because there is no Shift within reach. */
const onGlass = () => window.matchMedia("(hover: none) and (pointer: coarse)").matches;

export function ChatComposer({ chat, me, mode, box, last, onMode, onEditLast, onSent }: ChatComposerProps) {
  const { data: about } = useQuery({
    queryKey: ["instance"],
    queryFn: instance,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const limits = about?.configuration;
  const uploads = useUploads(
    filesOf(me.id, chat.id),
    limits && { ...limits, statuses: { ...limits.statuses, max_media_attachments: mostMedia } },
    t.chats.tooMany,
  );
  const [text, setText] = useState(() => readDraft(me.id, chat.id).text);
  const [dropping, setDropping] = useState(false);
  const [signals] = useState(() => typist(chat.id));
  // It was asked to send while a file was still on its way up: then it goes by itself.
  const [due, setDue] = useState(false);
  const going = useRef(false);
  const saveEdit = useSaveEdit(chat.id);
  const title = useTitle(chat);
  const editing = mode.kind === "edit" ? mode.message : null;

  const write = (next: string) => {
    setText(next);
    setDue(false);
    if (editing) return;
    keepDraft(me.id, chat.id, { text: next, replyTo: mode.kind === "reply" ? mode.to : null });
    if (next.trim()) signals.write();
    else signals.stop();
  };
  const completion = useCompletion(box, text, write, useOthersNear(chat, me.id));
  // To edit puts the message into the box; the draft comes back after it.
  const edited = editing?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words of a message are taken once, when its edit begins.
  useEffect(() => {
    setText(edited ? (editing?.text ?? "") : readDraft(me.id, chat.id).text);
  }, [edited, me.id, chat.id]);
  useEffect(() => () => signals.stop(), [signals]);
  // Who looks into another chat finds them again, with what was said of them.
  useEffect(() => {
    const kept = uploads.list.flatMap(({ state, media, description, focus }) =>
      media && state === "ready" ? [{ ...media, description, meta: { ...media.meta, focus } }] : [],
    );
    keepFiles(me.id, chat.id, kept);
  }, [uploads.list, me.id, chat.id]);
  // On a desk one can write at once; on glass the keyboard would cover what one came to read.
  useEffect(() => {
    if (!onGlass()) box.current?.focus({ preventScroll: true });
  }, [box]);

  const busy = uploads.list.some((one) => one.state === "uploading" || one.state === "preparing");
  const media = uploads.list.flatMap((one) => (one.media && one.state === "ready" ? [one.media] : []));
  const length = lengthOf(text);
  const failed = uploads.list.some((one) => one.state === "failed");
  const nothing = text.trim() === "" && (editing !== null || uploads.list.length === 0);
  const blocked = nothing || length > mostLetters;

  const send = async () => {
    if (blocked || going.current) return;
    // Nothing of a message is left behind unsaid.
    if (!editing && failed) return say(t.chats.notUploaded);
    if (!editing && busy) return setDue(true);
    going.current = true;
    await (editing ? saveWords(editing) : sendNew(text.trim())).finally(() => {
      going.current = false;
    });
  };
  const saveWords = async (message: ChatMessage) => {
    const words = text.trim();
    if (words === message.text || (await saveEdit(message, words))) onMode({ kind: "new" });
  };
  const sendNew = async (words: string) => {
    signals.stop();
    await describeAll(uploads.list);
    post({
      chatId: chat.id,
      text: words,
      replyTo: mode.kind === "reply" ? mode.to : null,
      media,
      after: last,
    });
    setText("");
    uploads.clear();
    keepDraft(me.id, chat.id, { text: "", replyTo: null });
    onMode({ kind: "new" });
    onSent();
    box.current?.focus();
  };
  useEffect(() => {
    if (!due || (busy && !failed)) return;
    setDue(false);
    void send();
  });
  const cancel = () => {
    if (mode.kind === "reply") keepDraft(me.id, chat.id, { text, replyTo: null });
    onMode({ kind: "new" });
    box.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // A word that is still being composed is not sent by the key that ends it.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !(onGlass() && !event.ctrlKey)) {
      event.preventDefault();
      void send();
    } else if (event.key === "Escape" && mode.kind !== "new") {
      event.preventDefault();
      cancel();
    } else if (event.key === "ArrowUp" && text === "" && mode.kind === "new") {
      event.preventDefault();
      onEditLast();
    }
  };
  const take = (files: ArrayLike<File> & Iterable<File>) => {
    if (files.length > 0 && !editing) uploads.add(files);
    return files.length > 0;
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setDropping(false);
    take(event.dataTransfer.files);
  };
  const insert = (emoji: string) => {
    const area = box.current;
    const at = area?.selectionStart ?? text.length;
    write(text.slice(0, at) + emoji + text.slice(area?.selectionEnd ?? at));
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(at + emoji.length, at + emoji.length);
    });
  };
  return (
    <section
      className={dropping ? "chat-composer dropping" : "chat-composer"}
      aria-label={t.chats.box(apart(title))}
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={onDrop}
    >
      {mode.kind !== "new" && <ModeLine mode={mode} chat={chat.id} onCancel={cancel} />}
      {uploads.list.length > 0 && (
        <Suspense fallback={<div className="bone h-24" />}>
          <Attachments uploads={uploads} />
        </Suspense>
      )}
      {due && (
        <p className="send-later" role="status">
          {t.chats.sendsLater}
        </p>
      )}
      {completion.list}
      <div className="chat-box">
        <FileButton kinds={mediaKinds} several onFiles={take}>
          {(choose) => (
            <IconButton label={t.chats.attach} disabled={editing !== null} onClick={choose}>
              <Plus className="i" />
            </IconButton>
          )}
        </FileButton>
        <textarea
          ref={box}
          className="chat-write"
          dir="auto"
          rows={1}
          aria-label={t.chats.box(apart(title))}
          placeholder={t.chats.box(apart(title))}
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={(event) => completion.take(event) || onKeyDown(event)}
          {...completion.box}
          onBlur={() => {
            signals.stop();
            completion.box.onBlur();
          }}
          onPaste={(event) => take(event.clipboardData.files) && event.preventDefault()}
        />
        {length > mostLetters - 200 && (
          <span className={length > mostLetters ? "left over" : "left"} role="status">
            {mostLetters - length}
          </span>
        )}
        <EmojiButton label={t.chats.emoji} icon={<Smile className="i" />} onPick={insert} />
        <button
          type="button"
          className="button primary send"
          aria-label={editing ? t.chats.save : t.chats.send}
          disabled={blocked}
          // The keyboard of a phone stays up.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => void send()}
        >
          {editing ? <Check className="i" /> : <ArrowUp className="i" />}
        </button>
      </div>
      {dropping && <p className="drop-here">{t.chats.drop}</p>}
    </section>
  );
}
