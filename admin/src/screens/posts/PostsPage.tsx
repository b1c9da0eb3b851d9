import { Button, TextField } from "@mui/material";
import { useState } from "react";
import { Link } from "react-router";
import { number } from "@/text/plural";
import { send, staff } from "~/api/ask";
import type { PostRow } from "~/api/types";
import { useMay } from "~/auth/session";
import { t } from "~/text";
import { Pick, Pills, SearchBox, SortPick } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";
import { ReasonDialog } from "~/ui/ReasonDialog";
import { Rows } from "~/ui/Rows";
import { SavedFilters } from "~/ui/SavedFilters";
import { useDo } from "~/ui/useDo";
import { When } from "~/ui/When";
import { nameOf, Who } from "~/ui/Who";

/** What everybody may read, and what was reported. */
export function PostsPage() {
  const [removing, setRemoving] = useState<PostRow | null>(null);
  const mayRemove = useMay("manage_people");
  const tools = (
    <>
      <SearchBox name="q" label={t.posts.search} />
      <Pills name="visibility" label={t.posts.visibility} choices={t.posts.visibilities} />
      <Pick name="media" label={t.posts.media} choices={t.posts.medias} />
      <SortPick choices={t.posts.sorts} />
      <SavedFilters />
    </>
  );
  return (
    <ListPage
      resource="posts"
      title={t.places.posts}
      says={t.posts.says}
      tools={tools}
      fold
      csv={`${staff}/posts.csv`}
    >
      <Rows<PostRow>
        empty={t.posts.empty}
        nameOf={(row) => row.text}
        columns={[
          { label: t.posts.post, cell: (row) => <PostCell post={row} /> },
          { label: t.posts.author, plain: true, cell: (row) => <Who person={row.author} size="small" /> },
          { label: t.posts.likes, number: true, cell: (row) => number(row.likes) },
          { label: t.posts.shares, number: true, cell: (row) => number(row.shares) },
          { label: t.posts.replies, number: true, cell: (row) => number(row.replies) },
          { label: t.posts.made, number: true, cell: (row) => <When at={row.created_at} /> },
        ]}
        actions={
          mayRemove
            ? (row) => (
                <Button size="small" onClick={() => setRemoving(row)}>
                  {t.posts.remove}
                </Button>
              )
            : undefined
        }
      />
      {removing && <RemovePost post={removing} onClose={() => setRemoving(null)} />}
    </ListPage>
  );
}

function PostCell({ post }: { post: PostRow }) {
  const picture = post.media.find((one) => one.preview_url);
  return (
    <div
      className="form-row"
      style={{ flexWrap: "nowrap", alignItems: "flex-start", minWidth: 220, maxWidth: 560 }}
    >
      {picture?.preview_url && (
        <img
          src={picture.preview_url}
          alt={picture.description ?? ""}
          width={56}
          height={56}
          style={{ objectFit: "cover", borderRadius: 12, flex: "none" }}
          loading="lazy"
        />
      )}
      <div style={{ minWidth: 0 }}>
        {post.warning && <div className="soft small">{t.cases.behind(post.warning)}</div>}
        <div className="clip2" dir="auto">
          {post.text || <span className="faint">{t.posts.attached(post.media.length)}</span>}
        </div>
        <div className="line small faint">
          {post.visibility !== "public" && (
            <span>{t.posts.visibilities[post.visibility] ?? post.visibility} · </span>
          )}
          {post.open_case_id && (
            <Link to={`/cases/${post.open_case_id}/show`} className="danger">
              {t.posts.openCase}
            </Link>
          )}
          {post.open_case_id && " · "}
          <a href={post.url} target="_blank" rel="noreferrer" className="faint">
            {t.posts.open}
          </a>
        </div>
      </div>
    </div>
  );
}

function RemovePost({ post, onClose }: { post: PostRow; onClose: () => void }) {
  const [message, setMessage] = useState("");
  const { run } = useDo();
  const go = async (reason: string) => {
    const form = { reason, ...(message.trim() && { message: message.trim() }) };
    if (await run(() => send("DELETE", `${staff}/posts/${post.id}`, form), t.posts.removed)) onClose();
  };
  return (
    <ReasonDialog
      title={t.posts.removeTitle}
      says={t.posts.removeSays}
      go={t.posts.remove}
      needed
      danger
      onClose={onClose}
      onGo={go}
    >
      <blockquote className="quote clip2">{post.text || nameOf(post.author)}</blockquote>
      <TextField
        label={t.posts.toAuthor}
        helperText={t.cases.usual}
        value={message}
        onChange={(event) => setMessage(event.target.value)}
        multiline
        minRows={2}
        autoFocus
        fullWidth
        slotProps={{ htmlInput: { maxLength: 2000 } }}
      />
    </ReasonDialog>
  );
}
