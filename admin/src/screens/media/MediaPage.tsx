import { useQuery } from "@tanstack/react-query";
import { AudioLines, EyeOff, Film, Image } from "lucide-react";
import { useListContext } from "react-admin";
import { read, staff } from "~/api/ask";
import type { MediaRow, Totals } from "~/api/types";
import { Storage } from "~/screens/home/HomePage";
import { t } from "~/text";
import { bytes } from "~/text/words";
import { Empty } from "~/ui/Empty";
import { explain } from "~/ui/explain";
import { Pick, SortPick } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";
import { When } from "~/ui/When";
import { Who } from "~/ui/Who";

/** Every file, and what each kind takes. */
export function MediaPage() {
  const tools = (
    <>
      <Pick name="class" label={t.media.class} choices={t.media.classes} />
      <Pick name="state" label={t.media.state} choices={t.media.states} />
      <Pick name="use" label={t.media.use} choices={t.media.uses} />
      <SortPick choices={t.media.sorts} />
    </>
  );
  return (
    <ListPage
      resource="media"
      csv={{
        id: "id",
        owner: "owner.username",
        kind: "class",
        bytes: "bytes",
        state: "state",
        use: "use",
        made: "created_at",
      }}
      title={t.places.media}
      says={t.media.says}
      tools={tools}
      fold
      perPage={48}
      sheet={false}
    >
      <div className="stack">
        <TotalsView />
        <Gallery />
      </div>
    </ListPage>
  );
}

function TotalsView() {
  const { data } = useQuery({
    queryKey: ["media", "totals"],
    queryFn: () => read<Totals>(`${staff}/media/totals`),
  });
  return data ? <Storage storage={data} /> : null;
}

const icons: Record<string, typeof Image> = { image: Image, gifv: Film, video: Film, audio: AudioLines };

function Gallery() {
  const { data, error } = useListContext<MediaRow>();
  if (error) return <Empty title={t.errors.title} says={explain(error)} />;
  if (!data) return <Empty title={t.app.loading} />;
  if (data.length === 0)
    return (
      <div className="sheet">
        <Empty title={t.media.empty} />
      </div>
    );
  return (
    <div className="gallery">
      {data.map((one) => (
        <FileCard key={one.id} file={one} />
      ))}
    </div>
  );
}

function FileCard({ file }: { file: MediaRow }) {
  const Icon = icons[file.class] ?? Image;
  return (
    <article className="one">
      <div className="picture">
        {file.preview_url ? (
          <img src={file.preview_url} alt={file.description} loading="lazy" />
        ) : (
          <span className="form-row small" title={t.media.hidden}>
            <Icon size={22} aria-hidden="true" />
            <EyeOff size={16} aria-hidden="true" />
            <span className="visually-hidden">{t.media.hidden}</span>
          </span>
        )}
      </div>
      <div className="told">
        <Who person={file.owner} size="small" />
        <div className="form-row small soft" style={{ gap: 8 }}>
          <b className="tabular">{bytes(file.bytes)}</b>
          <span>{t.media.classes[file.class] ?? file.class}</span>
          {file.state !== "ready" && <span className="tag warm">{t.media.states[file.state]}</span>}
        </div>
        <div className="small faint">
          {t.media.uses[file.use] ?? file.use} · <When at={file.created_at} />
        </div>
      </div>
    </article>
  );
}
