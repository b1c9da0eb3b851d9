import type { MediaAttachment } from "@/api/types";
import { useAccount } from "@/entities/hooks";
import { Film, Tile } from "@/features/posts/PostMedia";
import { openPictures } from "@/features/posts/viewer";
import { t } from "@/text";

type MessageMediaProps = { media: readonly MediaAttachment[]; author: string | null };

const most = 4;
const layout = ["", "one", "two", "three", "four"];

/** Pictures in a grid that opens the viewer, a video, or a sound. */
export function MessageMedia({ media, author }: MessageMediaProps) {
  const { data: account } = useAccount(author ?? "");
  const pictures = media.filter((one) => one.type === "image");
  const more = pictures.length - most;
  return (
    <>
      {pictures.length > 0 && (
        <div className={`chat-media ${layout[Math.min(most, pictures.length)]}`}>
          {pictures.slice(0, most).map((one, index) => (
            <div key={one.id} className="chat-tile">
              <Tile
                media={one}
                alone={pictures.length === 1}
                onOpen={() => account && openPictures(pictures, account, index)}
              />
              {index === most - 1 && more > 0 && (
                <span className="more-pictures" aria-hidden="true">
                  {t.chats.morePictures(more)}
                </span>
              )}
            </div>
          ))}
        </div>
      )}
      {media
        .filter((one) => one.type === "video" || one.type === "gifv")
        .map((one) => (
          <div key={one.id} className="chat-media">
            <Film media={one} onWatch={() => undefined} />
          </div>
        ))}
      {media
        .filter((one) => one.type === "audio")
        .map((one) => (
          <Film key={one.id} media={one} onWatch={() => undefined} />
        ))}
    </>
  );
}
