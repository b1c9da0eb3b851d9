//! What operators read: one line per event, one count per request, labels with a bound.

use std::{collections::BTreeSet, io, path::Path, sync::Arc};

use parking_lot::Mutex;
use social::errors::Pot;
use tracing_subscriber::layer::SubscriberExt;

use super::{
    figures::Kind,
    logs::{is_for_people, log_file},
    *,
};
use crate::config::LogFormat;

/// A writer that keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(work: impl FnOnce()) -> String {
    let kept = Kept::default();
    let writer = kept.clone();
    let layer =
        tracing_subscriber::fmt::layer().event_format(ecs::Ecs).with_writer(move || writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
    let bytes = kept.0.lock().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn i_10_an_event_is_one_line_of_json_whatever_it_holds() {
    let nasty = "a\r\n{\"log.level\":\"error\"}\u{1b}[31m\0";
    let lines = logged(|| tracing::warn!(user_agent = nasty, number = 7, "said {nasty}"));
    assert_eq!(lines.matches('\n').count(), 1, "{lines}");
    assert!(lines.starts_with("{\"@timestamp\":\""), "{lines}");
    assert!(!lines.contains('\u{1b}') && !lines.contains('\0'), "{lines}");
    let line: serde_json::Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(line["log.level"], "warn");
    assert_eq!(line["sociosphere.user_agent"], nasty);
    assert_eq!(line["message"], format!("said {nasty}"));
    assert_eq!(line["sociosphere.number"], 7);
}

#[tokio::test]
async fn a_line_names_the_request_that_caused_it_and_errors_stand_where_the_schema_has_them() {
    let trace = graph::TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    let line =
        trace.follow(async { logged(|| tracing::error!(error = "away", job.key = "7:x", "no")) });
    let line: serde_json::Value = serde_json::from_str(&line.await).unwrap();
    assert_eq!(line["trace.id"], trace.to_string());
    assert_eq!(line["error.message"], "away");
    assert_eq!(line["job.key"], "7:x");
    assert!(line.get("error").is_none());
}

#[tokio::test]
async fn an_error_line_is_kept_with_its_trace_and_without_what_is_somebodys() {
    let pot = Arc::new(Pot::default());
    let subscriber = tracing_subscriber::registry().with(errors::ErrorGroups(pot.clone()));
    let trace = graph::TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    let work = || {
        tracing::warn!("only a warning");
        tracing::error!(error = "no answer from 203.0.113.7", url.path = "/api/v1/x", "it failed");
    };
    trace.follow(async { tracing::subscriber::with_default(subscriber, work) }).await;
    let kept = format!("{pot:?}");
    for part in ["it failed", "no answer from …", "/api/v1/x", &trace.to_string()] {
        assert!(kept.contains(part), "{part}: {kept}");
    }
    assert!(!kept.contains("203.0") && !kept.contains("warning"), "{kept}");
}

/// Every figure that the code counts is in the table, and the table names no other.
#[test]
fn the_table_of_figures_is_what_the_code_counts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut counted = BTreeSet::new();
    let mut folders = vec![root.join("crates"), root.join("adapters")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for call in ["counter!(", "gauge!(", "histogram!("] {
                    let call = format!("metrics::{call}");
                    let calls = text.split(&call).skip(1);
                    let names = calls.filter_map(|rest| rest.trim_start().strip_prefix('"'));
                    counted
                        .extend(names.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
                }
            }
        }
    }
    let table: BTreeSet<_> = FIGURES.iter().map(|figure| figure.name.to_owned()).collect();
    assert_eq!(counted, table);
    assert_eq!(table.len(), FIGURES.len(), "a figure stands there twice");
}

#[test]
fn figures_are_named_as_prometheus_wants_it() {
    for figure in FIGURES {
        let counts = figure.kind == Kind::Counter;
        assert_eq!(figure.name.ends_with("_total"), counts, "{}", figure.name);
        assert!(!figure.doc.is_empty() && figure.doc.ends_with('.'), "{}", figure.name);
        let plain = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(figure.name.chars().all(plain), "{}", figure.name);
    }
}

#[test]
fn the_docs_have_the_table_of_figures() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operate/monitoring.md");
    let written = std::fs::read_to_string(path).unwrap();
    let (begin, end) = ("<!-- figures -->\n", "<!-- end of figures -->");
    let (before, rest) = written.split_once(begin).unwrap();
    let (table, after) = rest.split_once(end).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let whole = [before, begin, &figures::reference(), end, after].concat();
        std::fs::write(path, whole).unwrap();
    } else {
        assert_eq!(table, figures::reference(), "run the tests once with UPDATE_DOCS=1");
    }
}

#[test]
fn i_10_long_fields_are_cut() {
    let lines = logged(|| tracing::info!(user_agent = "é".repeat(1_000_000), "hello"));
    assert!(lines.len() < 20_000, "{}", lines.len());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&lines).unwrap()["message"], "hello");
}

#[test]
fn log_files_that_cannot_be_written_are_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(log_file(&file.join("below.log")).is_err());
    assert!(log_file(&folder.path().join("new/s.log")).is_ok());
}

#[test]
fn lines_are_for_people_on_a_terminal_and_for_machines_elsewhere() {
    for (format, terminal, for_people) in [
        (LogFormat::Auto, true, true),
        (LogFormat::Auto, false, false),
        (LogFormat::Pretty, false, true),
        (LogFormat::Json, true, false),
    ] {
        assert_eq!(is_for_people(format, terminal), for_people, "{format:?}");
    }
}
