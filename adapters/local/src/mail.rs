//! Mail as files: each message a readable `NAME.eml`, and its HTML beside it as `NAME.html`. For trying things out, and
//! for communities that send no mail. The name comes from the key, so a key is there once.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use engine::mail::{Mail, MailError, Mailer, check_mail};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use crate::folder::{OpenError, Workshop};

/// Mail into a folder.
pub struct FileMailer {
    folder: Arc<Path>,
    workshop: Arc<Workshop>,
}

impl FileMailer {
    /// Opens a folder, made if it is not there.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Ok(Self { folder: folder.into(), workshop: Arc::new(Workshop::open(folder)?) })
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        check_mail(&mail)?;
        let (folder, workshop) = (self.folder.clone(), self.workshop.clone());
        let written = spawn_blocking(move || write(&folder, &workshop, &mail)).await;
        let written = written.unwrap_or_else(|error| Err(io::Error::other(error)));
        written.map_err(|error| MailError::Temporary(error.to_string()))
    }
}

fn write(folder: &Path, workshop: &Workshop, mail: &Mail) -> io::Result<()> {
    let receiver = match mail.to_name.as_str() {
        "" => mail.to.clone(),
        name => format!("{name} <{}>", mail.to),
    };
    let Mail { key, subject, text, html, .. } = mail;
    let unsubscribe = mail.unsubscribe.as_ref();
    let unsubscribe = unsubscribe.map(|link| format!("List-Unsubscribe: <{link}>\n"));
    let unsubscribe = unsubscribe.unwrap_or_default();
    let message =
        format!("To: {receiver}\nSubject: {subject}\nX-Key: {key}\n{unsubscribe}\n{text}");
    // The message last: who sees it finds its HTML.
    for (ending, content) in [("html", html), ("eml", &message)] {
        let unfinished = workshop.unfinished();
        let mut file = File::create_new(&unfinished.0)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        unfinished.finish(&path(folder, key, ending))?;
    }
    Ok(())
}

/// Readable, and different for different keys.
fn path(folder: &Path, key: &str, ending: &str) -> PathBuf {
    let readable = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let readable: String = readable.take(60).collect();
    let hash = Sha256::digest(key);
    let hash: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    folder.join(format!("{readable}-{hash}.{ending}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    async fn open() -> (Arc<FileMailer>, TempDir) {
        let folder = TempDir::new().unwrap();
        (Arc::new(FileMailer::open(folder.path()).unwrap()), folder)
    }

    /// Reads the folder as a person would.
    fn sent(_: &FileMailer, folder: &TempDir) -> Vec<Mail> {
        let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .map(read)
            .collect()
    }

    fn read(path: PathBuf) -> Mail {
        let message = fs::read_to_string(&path).unwrap();
        let (head, text) = message.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        let mut header = |name: &str| lines.next().unwrap().strip_prefix(name).unwrap().to_owned();
        let (to, subject, key) = (header("To: "), header("Subject: "), header("X-Key: "));
        let unsubscribe = lines.next().map(|line| {
            let link = line.strip_prefix("List-Unsubscribe: <").expect("no other header");
            link.trim_end_matches('>').to_owned()
        });
        assert_eq!(lines.next(), None, "one more header");
        let (to_name, to) = match to.rsplit_once(" <") {
            Some((name, to)) => (name.to_owned(), to.strip_suffix('>').unwrap().to_owned()),
            None => (String::new(), to),
        };
        let html = fs::read_to_string(path.with_extension("html")).unwrap();
        Mail { key, to, to_name, subject, text: text.to_owned(), html, unsubscribe }
    }

    engine::mail_contract!(open, sent);

    #[tokio::test]
    async fn a_key_is_there_once_after_reopening_too() {
        let (mailer, folder) = open().await;
        let mail = Mail {
            key: "confirm/1".to_owned(),
            to: "ann@example.org".to_owned(),
            to_name: String::new(),
            subject: "Hello".to_owned(),
            text: "first".to_owned(),
            html: "<p>first".to_owned(),
            unsubscribe: None,
        };
        mailer.send(mail.clone()).await.unwrap();
        drop(mailer);
        let mailer = FileMailer::open(folder.path()).unwrap();
        mailer.send(Mail { text: "second".to_owned(), ..mail.clone() }).await.unwrap();
        assert_eq!(sent(&mailer, &folder), [mail]);
    }
}
