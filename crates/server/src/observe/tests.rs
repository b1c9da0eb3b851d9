//! What operators read: one line per event, one count per request, labels with a bound.

use std::{io, sync::Arc};

use parking_lot::Mutex;

use super::*;

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
    assert_eq!(line["user_agent"], nasty);
    assert_eq!(line["message"], format!("said {nasty}"));
    assert_eq!(line["number"], 7);
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
