//! The staff workload: what the admin panel asks for, of a community of 100,000 posts, one question after the other; what
//! bringing trends up to date costs; and what a scrape of the metrics does. Bounds are times here, not ratios: staff wait for
//! nobody else.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    Failure,
    data::{self, Size},
    load::{Load, drive},
    process::{Process, binary},
    report::median,
    workload::copy_folder,
};

const SIZE: Size = Size { accounts: 1_000, follows: 200, posts: 100_000, likes: 50_000 };
const LOAD: Load = Load { clients: 1, time: Duration::from_secs(2) };
/// Times that trends are brought up to date.
const REFRESHES: usize = 20;

/// What is asked, its path, and the most milliseconds that its p50 may take.
const ASKS: [(&str, &str, f64); 11] = [
    ("home of the panel", "/api/sociosphere/v1/admin/home", 100.0),
    ("people, newest", "/api/sociosphere/v1/admin/people", 100.0),
    ("people by followers", "/api/sociosphere/v1/admin/people?sort=followers", 100.0),
    ("people by words", "/api/sociosphere/v1/admin/people?q=person1", 100.0),
    ("posts, newest", "/api/sociosphere/v1/admin/posts", 100.0),
    ("posts by interactions", "/api/sociosphere/v1/admin/posts?sort=interactions", 100.0),
    ("posts by words", "/api/sociosphere/v1/admin/posts?q=harbour", 100.0),
    ("media, largest", "/api/sociosphere/v1/admin/media?sort=bytes", 100.0),
    ("cases", "/api/sociosphere/v1/admin/cases", 100.0),
    ("audit log", "/api/sociosphere/v1/admin/audit", 100.0),
    ("metrics", "/metrics", 10.0),
];

/// Runs everything and returns the table.
pub async fn run(root: &Path) -> Result<String, Failure> {
    std::fs::create_dir_all(root)?;
    let (folder, _) = data::ready(root, SIZE).await?;
    let copy = tempfile::tempdir_in(root)?;
    copy_folder(&folder, copy.path())?;
    let operator = Operator { binary: binary()?, data: copy.path().to_owned() };
    let password = "a password of the bench";
    operator.does(&[
        "account",
        "create",
        "--handle",
        "owner",
        "--email",
        "owner@example.org",
        "--password",
        password,
        "--role",
        "owner",
        "--confirmed",
    ])?;
    let scopes = "read write admin:read admin:write";
    let token = operator.does(&["token", "create", "--account", "owner", "--scopes", scopes])?;
    let server = Process::serve(&operator.binary, copy.path()).await?;

    let mut text = String::from(
        "| 100,000 posts, one question at a time | p50 ms | p99 ms | bound |\n| --- | --: | --: | --: |\n",
    );
    for (name, path, bound) in ASKS {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n");
        let ask = move |_: &mut _, out: &mut Vec<u8>| out.extend_from_slice(request.as_bytes());
        drive(server.address, Load { time: LOAD.time / 4, ..LOAD }, ask.clone()).await?;
        let seen = drive(server.address, LOAD, ask).await?;
        if seen.refused > 0 {
            return Err(format!("{name}: {} answers were not 2xx", seen.refused).into());
        }
        let (p50, p99) = (seen.quantile(0.5), seen.quantile(0.99));
        let _ = writeln!(text, "| {name} | {p50:.1} | {p99:.1} | {bound:.0} |");
        println!("  {}", text.lines().last().unwrap_or_default());
    }
    let mut spent = Vec::new();
    for _ in 0..REFRESHES {
        let before = server.cpu()?;
        operator.does(&["trends"])?;
        spent.push((server.cpu()? - before) * 1000.0);
    }
    let most = spent.iter().copied().fold(0.0, f64::max);
    let _ = writeln!(
        text,
        "| trends, CPU of a refresh (median, most) | {:.0} | {most:.0} | 50 |",
        median(spent)
    );
    std::fs::write(root.join("staff.md"), &text)?;
    Ok(text)
}

/// Commands of an operator.
pub struct Operator {
    /// The product.
    pub binary: PathBuf,
    /// Its data folder.
    pub data: PathBuf,
}

impl Operator {
    /// Somebody new, by their token.
    pub fn somebody(&self, handle: &str) -> Result<String, Failure> {
        let email = format!("{handle}@example.org");
        let words = ["account", "create", "--handle", handle, "--email", &email];
        let more = ["--password", "a password of the bench", "--confirmed"];
        self.does(&[&words[..], &more[..]].concat())?;
        self.does(&["token", "create", "--account", handle, "--scopes", "read write follow"])
    }

    fn does(&self, words: &[&str]) -> Result<String, Failure> {
        let output =
            Command::new(&self.binary).arg("--data").arg(&self.data).args(words).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?.trim().to_owned()),
            false => Err(format!("{words:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }
}
