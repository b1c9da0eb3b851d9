import { Link } from "@tanstack/react-router";
import { Search, SquarePen, X } from "lucide-react";
import { type KeyboardEvent, lazy, Suspense, useState } from "react";
import { useBadges } from "@/features/notifications/badges";
import { t } from "@/text";
import { IconButton } from "@/ui/IconButton";
import { ChatRows, RequestRows } from "./ChatRows";
import { ChatSearch } from "./ChatSearch";
import { newChatOpen } from "./open";

const NewChat = lazy(() => import("./NewChat"));

type ListPaneProps = { open?: string; atRequests: boolean };

/** One's chats, requests, and the search of both; arrow keys go through the rows. */
export function ListPane({ open, atRequests }: ListPaneProps) {
  const [only, setOnly] = useState<"all" | "groups">("all");
  const [words, setWords] = useState("");
  const { requests } = useBadges();
  const making = newChatOpen.use();
  const tab = (of: "all" | "groups") => (!atRequests && only === of ? "tab here" : "tab");
  return (
    <section className="chat-list" aria-label={t.chats.list} onKeyDown={step}>
      <header className="top chat-list-top">
        <div className="chat-list-head">
          <h1>{t.chats.title}</h1>
          <IconButton label={t.chats.new} onClick={() => newChatOpen.set(true)}>
            <SquarePen className="i" />
          </IconButton>
        </div>
        <search className="search-box chat-search">
          <Search className="i" />
          <input
            type="search"
            dir="auto"
            aria-label={t.chats.search}
            placeholder={t.chats.search}
            value={words}
            onChange={(event) => setWords(event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && setWords("")}
          />
          {words && (
            <IconButton label={t.chats.clear} onClick={() => setWords("")}>
              <X className="i" />
            </IconButton>
          )}
        </search>
        <nav className="tabs" aria-label={t.chats.filters}>
          {(["all", "groups"] as const).map((of) => (
            <Link
              key={of}
              to="/chats"
              className={tab(of)}
              activeProps={{}}
              aria-current={!atRequests && only === of ? "true" : undefined}
              onClick={() => setOnly(of)}
            >
              {t.chats[of]}
            </Link>
          ))}
          <Link
            to="/chats/requests"
            className={atRequests ? "tab here" : "tab"}
            aria-label={requests > 0 ? `${t.chats.requests}, ${t.chats.waiting(requests)}` : undefined}
          >
            {t.chats.requests}
            {requests > 0 && <span className="count" data-count={requests} />}
          </Link>
        </nav>
      </header>
      {words.trim() ? (
        <ChatSearch words={words.trim()} />
      ) : atRequests ? (
        <RequestRows open={open} />
      ) : (
        <ChatRows open={open} only={only} />
      )}
      <Suspense>{making && <NewChat onClose={() => newChatOpen.set(false)} />}</Suspense>
    </section>
  );
}

/** Up and down go from row to row, from the search box into them, and to the ends with Home and End. */
function step(event: KeyboardEvent<HTMLElement>) {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-chat]")];
  const at = rows.findIndex((row) => row.matches(":focus"));
  if (event.key !== "ArrowDown" && at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  const next = to === undefined ? undefined : rows[to];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
