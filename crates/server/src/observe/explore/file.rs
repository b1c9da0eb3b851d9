//! Lines of the rolling files, read backwards from the end of the newest. A page reads a bounded number of bytes: where few lines
//! fit, it is short and leads on.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};
use social::logs::{Level, LogError, LogLine, LogPage, LogQuery, LogSource};

/// How much is read at once, and for one page.
const BLOCK: u64 = 64 * 1024;
const MOST: u64 = 16 * 1024 * 1024;
/// A longer line is none of ours.
const LONGEST: usize = 256 * 1024;

/// Whether a cursor is one of these.
pub fn is_cursor(cursor: &str) -> bool {
    parse(cursor).is_some()
}

/// `2026-11-26.1234`: the day of a file, and where in it the page before ended.
fn parse(cursor: &str) -> Option<(&str, u64)> {
    let (day, place) = cursor.split_once('.')?;
    let good = is_day(day) && !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit());
    Some((day, place.parse().ok().filter(|_| good)?))
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// The files of one log.
pub struct FileLogs {
    folder: PathBuf,
    prefix: String,
}

impl FileLogs {
    /// Those that `log.file` names.
    pub fn new(path: &Path) -> FileLogs {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let name = path.file_name().unwrap_or(std::ffi::OsStr::new("sociosphere.log"));
        FileLogs {
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            prefix: format!("{}.", name.to_string_lossy()),
        }
    }

    /// A page. Reading files blocks, so it is done beside the threads that answer.
    pub async fn page(&self, query: &LogQuery) -> Result<LogPage, LogError> {
        let (folder, prefix, query) = (self.folder.clone(), self.prefix.clone(), query.clone());
        let read = tokio::task::spawn_blocking(move || page(&folder, &prefix, &query)).await;
        read.map_err(|error| LogError::Unavailable(error.to_string()))?
    }
}

/// Days that have a file, the newest first.
fn days(folder: &Path, prefix: &str) -> Result<Vec<String>, std::io::Error> {
    let mut days = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let day = name.to_str().and_then(|name| name.strip_prefix(prefix));
        days.extend(day.filter(|day| is_day(day)).map(str::to_owned));
    }
    days.sort_unstable_by(|a, b| b.cmp(a));
    Ok(days)
}

fn page(folder: &Path, prefix: &str, query: &LogQuery) -> Result<LogPage, LogError> {
    let away = |error: std::io::Error| LogError::Unavailable(error.to_string());
    let start = match query.cursor.as_deref() {
        None => None,
        Some(cursor) => Some(parse(cursor).ok_or(LogError::Cursor)?),
    };
    let mut found = LogPage { source: LogSource::File, ..LogPage::default() };
    let mut budget = MOST;
    for day in days(folder, prefix).map_err(away)? {
        if start.is_some_and(|(from, _)| day.as_str() > from) || is_after(&day, query.until_ms) {
            continue;
        }
        let mut file = File::open(folder.join(format!("{prefix}{day}"))).map_err(away)?;
        let length = file.metadata().map_err(away)?.len();
        let end = match start {
            Some((from, place)) if from == day => place.min(length),
            _ => length,
        };
        let mut back = Backwards { file: &mut file, at: end, held: Vec::new() };
        while let Some((place, line)) = back.line(&mut budget).map_err(away)? {
            let Some(fields) = read(&line) else { continue };
            let at_ms = time_of(&fields);
            if query.since_ms.is_some_and(|since| at_ms.is_some_and(|at| at < since)) {
                return Ok(found);
            }
            if passes(&fields, at_ms, query) {
                found.lines.push(LogLine::of(format!("{day}.{place}"), fields));
            }
            if found.lines.len() >= query.limit {
                found.next = Some(format!("{day}.{place}"));
                return Ok(found);
            }
        }
        if budget == 0 {
            let place = back.at + back.held.len() as u64;
            found.next = Some(format!("{day}.{place}"));
            return Ok(found);
        }
    }
    Ok(found)
}

/// Whether all of a day's file is of after a moment.
fn is_after(day: &str, until_ms: Option<u64>) -> bool {
    let until = until_ms.and_then(|ms| i64::try_from(ms).ok());
    let until = until.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    until.is_some_and(|until| day > until.strftime("%Y-%m-%d").to_string().as_str())
}

/// A file, line by line from its end.
struct Backwards<'a> {
    file: &'a mut File,
    /// Where what was read begins.
    at: u64,
    /// What was read and not given out: its end is that of a line.
    held: Vec<u8>,
}

impl Backwards<'_> {
    /// The next line, with the place where it begins; none at the start of the file, or when nothing more may be read.
    fn line(&mut self, budget: &mut u64) -> std::io::Result<Option<(u64, Vec<u8>)>> {
        loop {
            while self.held.last() == Some(&b'\n') {
                self.held.pop();
            }
            if let Some(before) = self.held.iter().rposition(|byte| *byte == b'\n') {
                let line = self.held.split_off(before + 1);
                return Ok(Some((self.at + before as u64 + 1, line)));
            }
            if self.at == 0 {
                let line = std::mem::take(&mut self.held);
                return Ok((!line.is_empty()).then_some((0, line)));
            }
            if *budget == 0 {
                return Ok(None);
            }
            if self.held.len() > LONGEST {
                self.held.clear();
            }
            let size = BLOCK.min(self.at).min(*budget);
            *budget -= size;
            self.at -= size;
            let mut block = vec![0; size as usize];
            self.file.seek(SeekFrom::Start(self.at))?;
            self.file.read_exact(&mut block)?;
            block.append(&mut self.held);
            self.held = block;
        }
    }
}

fn read(line: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(line) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn time_of(fields: &Map<String, Value>) -> Option<u64> {
    let stamp: jiff::Timestamp = text(fields, "@timestamp").parse().ok()?;
    u64::try_from(stamp.as_millisecond()).ok()
}

fn passes(fields: &Map<String, Value>, at_ms: Option<u64>, query: &LogQuery) -> bool {
    let level = query.level.is_none_or(|level| {
        let own = Level::parse(text(fields, "log.level"));
        own.is_some_and(|own| level.and_graver().contains(&own))
    });
    let message = || text(fields, "message").to_lowercase();
    let request = &query.request;
    level
        && query.until_ms.is_none_or(|until| at_ms.is_some_and(|at| at <= until))
        && text(fields, "log.logger").starts_with(&query.target)
        && (query.text.is_empty() || message().contains(&query.text.to_lowercase()))
        && (request.is_empty()
            || text(fields, "trace.id") == request
            || text(fields, "http.request.id") == request)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn line(at: &str, level: &str, message: &str) -> String {
        format!(
            "{{\"@timestamp\":\"{at}\",\"log.level\":\"{level}\",\"message\":\"{message}\",\"log.logger\":\"social::work\",\"trace.id\":\"t{message}\",\"job.kind\":\"x\"}}\n"
        )
    }

    fn log() -> (tempfile::TempDir, FileLogs) {
        let folder = tempfile::tempdir().unwrap();
        let mut old = String::new();
        // More than one block, and lines that are none.
        for at in 0..2_000 {
            let minute = at / 60;
            let time = format!("2026-11-25T10:{:02}:{:02}.000Z", minute % 60, at % 60);
            old.push_str(&line(&time, "info", &format!("old{at}")));
        }
        old.push_str("no line of ours\n");
        let mut new = line("2026-11-26T08:00:00.000Z", "warn", "first");
        let _ = write!(new, "{}", line("2026-11-26T09:00:00.000Z", "error", "Second"));
        std::fs::write(folder.path().join("log.2026-11-25"), old).unwrap();
        std::fs::write(folder.path().join("log.2026-11-26"), new).unwrap();
        std::fs::write(folder.path().join("log.secret"), "x").unwrap();
        let logs = FileLogs::new(&folder.path().join("log"));
        (folder, logs)
    }

    fn messages(page: &LogPage) -> Vec<&str> {
        page.lines.iter().map(|line| line.message.as_str()).collect()
    }

    #[tokio::test]
    async fn a_walk_meets_every_line_once_the_newest_first() {
        let (_folder, logs) = log();
        let mut query = LogQuery { limit: 300, ..LogQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = logs.page(&query).await.unwrap();
            seen.extend(page.lines.iter().map(|line| line.message.clone()));
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!((seen.len(), seen[0].as_str(), seen[2].as_str()), (2_002, "Second", "old1999"));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 2_002);
    }

    #[tokio::test]
    async fn lines_are_found_by_level_logger_words_request_and_time() {
        let (_folder, logs) = log();
        let ask = async |change: &dyn Fn(&mut LogQuery)| {
            let mut query = LogQuery { limit: 5, ..LogQuery::default() };
            change(&mut query);
            logs.page(&query).await.unwrap()
        };
        let page = ask(&|query| query.level = Some(Level::Warn)).await;
        assert_eq!((messages(&page), &page.next), (vec!["Second", "first"], &None));
        assert_eq!(page.lines[0].fields["job.kind"], "x");
        assert_eq!(messages(&ask(&|query| query.text = "sEcOnD".to_owned()).await), ["Second"]);
        assert_eq!(messages(&ask(&|query| query.request = "told7".to_owned()).await), ["old7"]);
        assert_eq!(messages(&ask(&|query| query.target = "http".to_owned()).await), [""; 0]);
        let day: jiff::Timestamp = "2026-11-26T08:30:00Z".parse().unwrap();
        let ms = u64::try_from(day.as_millisecond()).unwrap();
        assert_eq!(messages(&ask(&|query| query.since_ms = Some(ms)).await), ["Second"]);
        let page = ask(&|query| query.until_ms = Some(ms)).await;
        assert_eq!(messages(&page)[..2], ["first", "old1999"]);
    }

    #[tokio::test]
    async fn a_cursor_leads_to_no_other_file() {
        let (_folder, logs) = log();
        for wrong in [
            "secret.0",
            "x",
            "2026-11-26",
            "../log.2026-11-26.0",
            "2026-11-26.-1",
            "2026-11-26.",
            "2026-13-01.0",
        ] {
            let query =
                LogQuery { cursor: Some(wrong.to_owned()), limit: 1, ..LogQuery::default() };
            assert_eq!(logs.page(&query).await, Err(LogError::Cursor), "{wrong}");
        }
        let query = LogQuery {
            cursor: Some("2026-11-26.999999".to_owned()),
            limit: 1,
            ..LogQuery::default()
        };
        assert_eq!(messages(&logs.page(&query).await.unwrap()), ["Second"]);
    }
}
