import { useQuery } from "@tanstack/react-query";
import { ChevronDown, EyeOff, ImagePlus, Languages } from "lucide-react";
import { type DragEvent, type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from "react";
import { instance, statuses } from "@/api/endpoints";
import type { Visibility } from "@/api/types";
import { useMe } from "@/app/useSession";
import { AudienceIcon } from "@/features/posts/AudienceIcon";
import { t } from "@/text";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { FileButton } from "@/ui/FileButton";
import { IconButton } from "@/ui/IconButton";
import { Menu } from "@/ui/Menu";
import { Ring } from "@/ui/Ring";
import { draftKey, dropDraft, keepDraft, readDraft, type Written } from "./drafts";
import { lengthOf } from "./length";
import type { Purpose } from "./open";
import { useCompletion } from "./useCompletion";
import { usePublish } from "./usePublish";
import { mediaKinds, useUploads } from "./useUploads";

const Attachments = lazy(() => import("./Attachments"));
const audiences: Visibility[] = ["public", "unlisted", "private", "direct"];
const hints = {
  public: t.audience.publicHint,
  unlisted: t.audience.unlistedHint,
  private: t.audience.privateHint,
  direct: t.audience.directHint,
};
const languages = [
  "en",
  "de",
  "fr",
  "es",
  "pt",
  "it",
  "nl",
  "sv",
  "pl",
  "uk",
  "ru",
  "tr",
  "ar",
  "he",
  "fa",
  "hi",
  "ja",
  "ko",
  "zh",
];
const languageNames = new Intl.DisplayNames("en", { type: "language" });

type ComposerProps = { purpose: Purpose; place: "in-feed" | "reply" | "over"; onDone?: () => void };

export function Composer({ purpose, place, onDone }: ComposerProps) {
  const me = useMe();
  const { data: about } = useQuery({
    queryKey: ["instance"],
    queryFn: instance,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const key = draftKey(me?.id ?? "", purpose);
  const [written, setWritten] = useState<Written>(() => ({
    ...begin(purpose, me?.source.privacy, me?.source.language),
    ...readDraft(key),
  }));
  const [recovered, setRecovered] = useState(() => readDraft(key) !== null);
  const [dropping, setDropping] = useState(false);
  const had = purpose.kind === "edit" || purpose.kind === "redraft" ? purpose.post.media_attachments : [];
  const uploads = useUploads(had, about?.configuration);
  const { publish, busy } = usePublish(purpose);
  const area = useRef<HTMLTextAreaElement>(null);

  const change = (part: Partial<Written>) =>
    setWritten((now) => {
      const next = { ...now, ...part };
      keepDraft(key, next);
      return next;
    });
  const completion = useCompletion(area, written.text, (text) => change({ text }));
  // An edit starts from the source as it was written, unless an unfinished edit was kept.
  useEffect(() => {
    if (purpose.kind !== "edit" || readDraft(key)) return;
    let wanted = true;
    void statuses.source(purpose.post.id).then(({ text, spoiler_text }) => {
      if (wanted) setWritten((now) => ({ ...now, text, warning: spoiler_text, warned: spoiler_text !== "" }));
    });
    return () => {
      wanted = false;
    };
  }, [purpose, key]);

  if (!me) return null;
  const most = about?.configuration.statuses.max_characters ?? 5000;
  const length = lengthOf(written.text) + (written.warned ? lengthOf(written.warning) : 0);
  const waiting = uploads.list.some((one) => one.state === "uploading" || one.state === "preparing");
  const nothing = written.text.trim() === "" && !uploads.list.some((one) => one.state === "ready");
  const blocked = busy || waiting || nothing || length > most;

  const send = async () => {
    if (blocked || !(await publish(written, uploads.list))) return;
    dropDraft(key);
    setRecovered(false);
    setWritten(begin(purpose, me.source.privacy, me.source.language));
    uploads.clear();
    onDone?.();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send();
    }
  };
  const take = (files: ArrayLike<File> & Iterable<File>) => {
    if (files.length > 0) uploads.add(files);
    return files.length > 0;
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setDropping(false);
    take(event.dataTransfer.files);
  };
  const discard = () => {
    dropDraft(key);
    setRecovered(false);
    setWritten(begin(purpose, me.source.privacy, me.source.language));
  };
  const name = purpose.kind === "reply" ? t.compose.reply : t.compose.ask;
  const action =
    purpose.kind === "edit"
      ? t.compose.sendEdit
      : purpose.kind === "reply"
        ? t.compose.sendReply
        : t.compose.send;

  return (
    <section
      className={`composer ${place} ${dropping ? "dropping" : ""}`}
      aria-label={name}
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={onDrop}
    >
      <Avatar account={me} />
      <div className="write">
        {recovered && (
          <p className="kept-note">
            {t.compose.recovered}
            <button type="button" onClick={discard}>
              {t.compose.discard}
            </button>
          </p>
        )}
        {purpose.kind === "reply" && place === "over" && (
          <p className="reply-to">{t.post.replyTo(purpose.account.acct)}</p>
        )}
        {written.warned && (
          <input
            className="input mb-2"
            dir="auto"
            aria-label={t.compose.warn}
            placeholder={t.compose.warnHint}
            value={written.warning}
            onChange={(event) => change({ warning: event.target.value })}
          />
        )}
        <textarea
          ref={area}
          className="write-text"
          dir="auto"
          rows={1}
          aria-label={name}
          placeholder={name}
          // biome-ignore lint/a11y/noAutofocus: a person who opened the composer wants to write.
          autoFocus={place === "over"}
          value={written.text}
          onChange={(event) => change({ text: event.target.value })}
          onKeyDown={(event) => completion.take(event) || onKeyDown(event)}
          {...completion.box}
          onPaste={(event) => take(event.clipboardData.files) && event.preventDefault()}
        />
        {completion.list}
        {uploads.list.length > 0 && (
          <Suspense fallback={<div className="bone h-24" />}>
            <Attachments uploads={uploads} />
          </Suspense>
        )}
        <div className="tools">
          <FileButton kinds={mediaKinds} several onFiles={take}>
            {(choose) => (
              <IconButton label={t.compose.addMedia} onClick={choose}>
                <ImagePlus className="i" />
              </IconButton>
            )}
          </FileButton>
          <IconButton
            label={t.compose.warn}
            aria-pressed={written.warned}
            onClick={() => change({ warned: !written.warned })}
          >
            <EyeOff className="i" />
          </IconButton>
          <Menu
            align="start"
            entries={languages.map((code) => ({
              label: languageNames.of(code) ?? code,
              chosen: code === written.language,
              onSelect: () => change({ language: code }),
            }))}
            trigger={
              <IconButton
                label={`${t.compose.language}: ${languageNames.of(written.language) ?? written.language}`}
              >
                <Languages className="i" />
              </IconButton>
            }
          />
          {purpose.kind !== "edit" && (
            <Menu
              entries={audiences.map((audience) => ({
                label: t.audience[audience],
                hint: hints[audience],
                icon: <AudienceIcon audience={audience} words />,
                chosen: audience === written.audience,
                onSelect: () => change({ audience }),
              }))}
              trigger={
                <button
                  type="button"
                  className="audience"
                  aria-label={`${t.audience.label}: ${t.audience[written.audience]}`}
                >
                  <AudienceIcon audience={written.audience} words />
                  {t.audience[written.audience]}
                  <ChevronDown className="i" />
                </button>
              }
            />
          )}
          {length > 0 && <Ring share={length / most} label={t.compose.left(most - length)} />}
          {most - length < 100 && <span className="text-small text-faint">{most - length}</span>}
          <Button
            disabled={blocked}
            onClick={() => void send()}
            className={purpose.kind === "edit" ? "ml-auto" : ""}
          >
            {busy ? t.compose.sending : action}
          </Button>
        </div>
      </div>
    </section>
  );
}

function begin(purpose: Purpose, usual: Visibility = "public", language?: string | null): Written {
  const own = language || navigator.language.split("-")[0] || "en";
  const plain: Written = { text: "", warning: "", warned: false, audience: usual, language: own };
  switch (purpose.kind) {
    case "new":
      return { ...plain, text: purpose.text ?? "" };
    case "reply": {
      const { visibility, spoiler_text } = purpose.post;
      // A reply is never seen by more people than what it answers.
      const wider = audiences.indexOf(usual) > audiences.indexOf(visibility) ? usual : visibility;
      return {
        ...plain,
        text: `@${purpose.account.acct} `,
        audience: wider,
        warning: spoiler_text,
        warned: spoiler_text !== "",
      };
    }
    default: {
      const { visibility, spoiler_text, language: said } = purpose.post;
      return {
        text: purpose.kind === "redraft" ? purpose.text : "",
        warning: spoiler_text,
        warned: spoiler_text !== "",
        audience: visibility,
        language: said ?? own,
      };
    }
  }
}
