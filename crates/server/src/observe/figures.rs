//! The table of figures: the one place where a metric's name, kind, labels and meaning stand. The docs' page is made of it,
//! and tests hold it against what the code counts and what the binary shows.

use std::fmt::Write;

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// What is now.
    Gauge,
    /// How often each size came.
    Histogram,
}

/// Where the values of a label come from: something with a bound, whatever clients send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// One of these.
    Of(&'static [&'static str]),
    /// A method of HTTP, or `other`.
    Method,
    /// The pattern of an operation, `other`, or why there was no answer of one.
    Route,
    /// A status code.
    Status,
    /// A kind of job that has a handler, or `unknown`.
    Job,
    /// The version of this binary.
    Version,
}

/// A figure.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its name in the code. Shown with `sociosphere_` in front, but for those of `process_`, which are everybody's.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [(&'static str, Values)],
    /// What it says.
    pub doc: &'static str,
    /// When it is there; empty: always, or from the first thing it counts.
    pub when: &'static str,
}

const fn figure(
    kind: Kind,
    name: &'static str,
    labels: &'static [(&'static str, Values)],
    doc: &'static str,
) -> Figure {
    Figure { name, kind, labels, doc, when: "" }
}
const fn counter(
    name: &'static str,
    labels: &'static [(&'static str, Values)],
    doc: &'static str,
) -> Figure {
    figure(Kind::Counter, name, labels, doc)
}
const fn gauge(
    name: &'static str,
    labels: &'static [(&'static str, Values)],
    doc: &'static str,
) -> Figure {
    figure(Kind::Gauge, name, labels, doc)
}
const fn histogram(
    name: &'static str,
    labels: &'static [(&'static str, Values)],
    doc: &'static str,
) -> Figure {
    figure(Kind::Histogram, name, labels, doc)
}
const fn only(when: &'static str, figure: Figure) -> Figure {
    Figure { when, ..figure }
}

const SQLITE: &str = "`store` is SQLite";
const REDIS: &str = "a part is on Redis";
const SHARED: &str = "processes share the store";
/// When figures of requests are there.
pub const SERVES: &str = "the process serves";
/// When figures of jobs are there.
pub const WORKS: &str = "the process works on jobs";
const TRANSPORT: (&str, Values) =
    ("transport", Values::Of(&["websocket", "events", "socketio", "socketio_polling"]));
const CACHE: (&str, Values) =
    ("cache", Values::Of(&["nodes", "edges", "heads", "counts", "members", "second"]));
const FAMILY: (&str, Values) = ("family", Values::Of(&["picture", "film", "sound", "unknown"]));

/// All figures.
pub const FIGURES: &[Figure] = &[
    only(
        SERVES,
        counter(
            "http_requests_total",
            &[("method", Values::Method), ("route", Values::Route), ("status", Values::Status)],
            "Answers. `route` is the operation's pattern, never a path; what belongs to none is `other`.",
        ),
    ),
    only(
        SERVES,
        histogram(
            "http_request_seconds",
            &[("method", Values::Method), ("route", Values::Route)],
            "Time from a request's headers to its answer's.",
        ),
    ),
    counter(
        "errors_total",
        &[("source", Values::Of(&["server", "client"]))],
        "Errors that `sociosphere errors list` groups: error lines of the log, and what web clients report.",
    ),
    only(
        SERVES,
        counter(
            "insight_looks_total",
            &[("result", Values::Of(&["counted", "often", "no_room"]))],
            "Looks at posts and profiles: `often` is by somebody who counted enough in this hour, `no_room` is a lost look.",
        ),
    ),
    counter("http_panics_total", &[], "Requests that panicked: each is a bug."),
    gauge("net_connections_open", &[], "Open connections."),
    counter(
        "net_refused_total",
        &[("why", Values::Of(&["connections", "address"]))],
        "Connections that were not taken: too many in all, or of one address.",
    ),
    counter(
        "graph_commits_total",
        &[("result", Values::Of(&["ok", "conflict", "key_taken", "unavailable", "refused"]))],
        "Commits. Conflicts are tried again; `unavailable` is the store.",
    ),
    histogram(
        "graph_commit_seconds",
        &[],
        "Time of a commit, the wait for others in its group included.",
    ),
    histogram("graph_commit_operations", &[], "Operations in a commit."),
    counter("graph_cache_hits_total", &[CACHE], "Reads that a cache of this process answered."),
    counter("graph_cache_misses_total", &[CACHE], "Reads that went to the store."),
    gauge("graph_cache_entries", &[CACHE], "What the caches hold."),
    only(
        SHARED,
        counter(
            "graph_commits_unmarked_total",
            &[],
            "Commits that the cache of all processes did not hear of in time; what it may answer waits until it has.",
        ),
    ),
    only(
        REDIS,
        counter("redis_round_trips_total", &[], "Questions to Redis, however much each one asked."),
    ),
    gauge(
        "engine_up",
        &[(
            "part",
            Values::Of(&["store", "blobs", "cache", "rings", "bus", "queue", "search", "mail"]),
        )],
        "1 while the part works, 0 while this process cannot reach it.",
    ),
    only(
        SQLITE,
        counter("store_commits_total", &[], "Transactions of the store: groups of commits."),
    ),
    only(SQLITE, counter("store_writes_total", &[], "Commits in them.")),
    only(SQLITE, histogram("store_group_writes", &[], "Commits that shared a transaction.")),
    only(SQLITE, histogram("store_commit_seconds", &[], "Time of a transaction, to the disk.")),
    only(SQLITE, gauge("store_wal_bytes", &[], "Size of the write-ahead log.")),
    only(WORKS, counter("jobs_events_relayed_total", &[], "Events that became jobs.")),
    only(
        WORKS,
        histogram("jobs_relay_lag_seconds", &[], "Time from an event's commit to its jobs."),
    ),
    gauge("jobs_outbox_events", &[], "Events that wait to become jobs. The same in all processes."),
    gauge(
        "jobs_queue_depth",
        &[("state", Values::Of(&["ready", "delayed", "leased", "dead"]))],
        "Jobs by state; `dead` ones were given up. The same in all processes.",
    ),
    gauge(
        "jobs_oldest_ready_seconds",
        &[],
        "For how long the oldest job that may run has waited. The same in all processes.",
    ),
    only(
        WORKS,
        counter(
            "jobs_done_total",
            &[
                ("kind", Values::Job),
                ("result", Values::Of(&["done", "retried", "buried", "lost", "given_back"])),
            ],
            "Runs of jobs and how they ended.",
        ),
    ),
    only(WORKS, histogram("jobs_seconds", &[("kind", Values::Job)], "Time of one run.")),
    only(
        WORKS,
        histogram(
            "jobs_lag_seconds",
            &[("kind", Values::Job)],
            "Time from an event's commit to its job's end, retries included: `timelines.deliver` is the lag of fan-out, \
             `search.index` that of search, `mail.send` that of mail.",
        ),
    ),
    only(SERVES, gauge("live_connections_open", &[TRANSPORT], "Open live streams.")),
    only(
        SERVES,
        counter("live_connections_opened_total", &[TRANSPORT], "Live streams that were opened."),
    ),
    only(
        SERVES,
        counter(
            "live_connections_closed_total",
            &[
                TRANSPORT,
                ("why", Values::Of(&["client", "silent", "flood", "slow", "access", "stop"])),
            ],
            "Live streams that ended: the client left, did not answer, sent too much, was too slow or missed something, may no \
             longer listen, or the server stops.",
        ),
    ),
    only(
        SERVES,
        counter("live_events_delivered_total", &[], "Events that went out over Socket.IO."),
    ),
    only(
        SERVES,
        counter(
            "live_events_dropped_total",
            &[],
            "Events over Socket.IO that a slow reader did not get; it is told to read again.",
        ),
    ),
    only(
        SERVES,
        counter(
            "live_resyncs_total",
            &[],
            "Sockets that were told to read again, because they or the bus were too slow.",
        ),
    ),
    counter(
        "media_files_total",
        &[FAMILY, ("result", Values::Of(&["ok", "refused", "failed"]))],
        "Uploads that were worked on. `refused` is the file's fault.",
    ),
    histogram("media_seconds", &[FAMILY], "Time of the work on an upload."),
    only(
        WORKS,
        counter(
            "cards_read_total",
            &[("result", Values::Of(&["ready", "nothing", "away", "pending"]))],
            "Linked pages that were read for their cards. `nothing`: they say nothing, or may not be read; `away`: no answer.",
        ),
    ),
    only(
        WORKS,
        counter(
            "mail_total",
            &[("result", Values::Of(&["sent", "temporary", "permanent", "no_receiver"]))],
            "Mails that were sent or not; temporary failures are tried again, and an address that nobody has gets no more. The time is in `jobs_seconds` of `mail.send`.",
        ),
    ),
    only(
        WORKS,
        counter(
            "push_total",
            &[("result", Values::Of(&["sent", "gone", "refused", "away"]))],
            "Pushes to browsers and apps. `away` is tried again a few times; `gone` and `refused` end the subscription.",
        ),
    ),
    counter(
        "log_dropped_total",
        &[("sink", Values::Of(&["stdout", "file", "tcp"]))],
        "Log lines that were dropped because nobody took them in time.",
    ),
    only("`log.tcp` is set", gauge("log_tcp_up", &[], "1 while the log's receiver is connected.")),
    gauge(
        "build_info",
        &[("version", Values::Version), ("role", Values::Of(&["all", "serve", "worker"]))],
        "Always 1: which release runs, as what.",
    ),
    counter("process_cpu_seconds_total", &[], "CPU time."),
    gauge("process_resident_memory_bytes", &[], "Memory in use."),
    gauge("process_virtual_memory_bytes", &[], "Memory that is addressed."),
    gauge("process_open_fds", &[], "Open files and sockets."),
    gauge("process_max_fds", &[], "How many there may be."),
    gauge("process_threads", &[], "Threads."),
    gauge("process_start_time_seconds", &[], "When the process began, Unix time."),
];

/// The name that is shown of a name in the code.
pub fn shown(name: &str) -> String {
    if name.starts_with("process_") { name.to_owned() } else { format!("sociosphere_{name}") }
}

/// The table of the docs.
pub fn reference() -> String {
    let mut out = String::from(
        "| metric | kind | labels | says | there when |\n| --- | --- | --- | --- | --- |\n",
    );
    for Figure { name, kind, labels, doc, when } in FIGURES {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, values)| match values {
                Values::Of(words) => format!("`{label}`: {}", words.join(", ")),
                Values::Method | Values::Route | Values::Status | Values::Job | Values::Version => {
                    format!("`{label}`")
                }
            })
            .collect();
        let labels = labels.join("; ");
        let _ = writeln!(out, "| `{}` | {kind} | {labels} | {doc} | {when} |", shown(name));
    }
    out
}
