//! The staff workload: what the admin panel asks for, of a community of 100,000 posts, one question after the other; what
//! bringing trends up to date costs; and what a scrape of the metrics does. Bounds are times here, not ratios: staff wait for
//! nobody else. Beside them stands the CPU that the server spent on an answer, which a busy machine does not lengthen.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use graph::{Id, Page};
use server::{
    config::{Config, Inputs},
    instance::{self, Instance},
};
use social::{
    accounts::model::Account,
    moderation::{self, NewReport, model::Category},
    people,
    posts::model::{OpenPosts, Post},
    staff::Powers,
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
/// Notes that staff made, each an entry of the audit log: more than a page of it looks through.
const NOTES: usize = 2_500;
/// Times that trends are brought up to date.
const REFRESHES: usize = 20;

/// What is asked, its path, and the most milliseconds that its p50 may take.
const ASKS: [(&str, &str, f64); 15] = [
    ("home of the panel", "/api/sociosphere/v1/admin/home", 100.0),
    ("people, newest", "/api/sociosphere/v1/admin/people", 100.0),
    ("people by followers", "/api/sociosphere/v1/admin/people?sort=followers", 100.0),
    ("people by words", "/api/sociosphere/v1/admin/people?q=person1", 100.0),
    ("posts, newest", "/api/sociosphere/v1/admin/posts", 100.0),
    ("posts by interactions", "/api/sociosphere/v1/admin/posts?sort=interactions", 100.0),
    ("posts by words", "/api/sociosphere/v1/admin/posts?q=harbour", 100.0),
    ("media, largest", "/api/sociosphere/v1/admin/media?sort=bytes", 100.0),
    ("posts of open cases", "/api/sociosphere/v1/admin/posts?visibility=reported", 100.0),
    ("cases, 1,000 open", "/api/sociosphere/v1/admin/cases", 100.0),
    ("cases, mine of 1,000", "/api/sociosphere/v1/admin/cases?claimed=mine", 100.0),
    ("people, Mastodon's list, by name", "/api/v1/admin/accounts?display_name=nobody", 100.0),
    ("audit log", "/api/sociosphere/v1/admin/audit", 100.0),
    ("audit log, an act that is not there", "/api/sociosphere/v1/admin/audit?act=decide", 100.0),
    ("metrics", "/metrics", 10.0),
];

/// Runs everything and returns the table.
pub async fn run(root: &Path) -> Result<String, Failure> {
    std::fs::create_dir_all(root)?;
    let (folder, known) = data::ready(root, SIZE).await?;
    let copy = tempfile::tempdir_in(root)?;
    copy_folder(&folder, copy.path())?;
    work_of_staff(copy.path(), &known.accounts).await?;
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
        "| 100,000 posts, one question at a time | p50 ms | p99 ms | CPU ms | bound |\n| --- | --: | --: | --: | --: |\n",
    );
    for (name, path, bound) in ASKS {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n");
        let ask = move |_: &mut _, out: &mut Vec<u8>| out.extend_from_slice(request.as_bytes());
        drive(server.address, Load { time: LOAD.time / 4, ..LOAD }, ask.clone()).await?;
        let before = server.cpu()?;
        let seen = drive(server.address, LOAD, ask).await?;
        let cpu = (server.cpu()? - before) * 1000.0 / seen.micros.len().max(1) as f64;
        if seen.refused > 0 {
            return Err(format!("{name}: {} answers were not 2xx", seen.refused).into());
        }
        let (p50, p99) = (seen.quantile(0.5), seen.quantile(0.99));
        let _ = writeln!(text, "| {name} | {p50:.1} | {p99:.1} | {cpu:.1} | {bound:.0} |");
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
        "| trends, a refresh (most CPU: {most:.0}) | - | - | {:.0} | 50 |",
        median(spent)
    );
    std::fs::write(root.join("staff.md"), &text)?;
    Ok(text)
}

/// What the older lists look through: everybody is reported once, and staff note things.
async fn work_of_staff(data: &Path, accounts: &[String]) -> Result<(), Failure> {
    let flags = vec![("data".to_owned(), data.display().to_string())];
    let config = Config::load(&Inputs { flags, ..Inputs::default() })?;
    let instance = instance::open(&config).await?;
    let ids: Vec<Id<Account>> =
        accounts.iter().filter_map(|text| text.parse().ok().and_then(Id::new)).collect();
    for (at, about) in ids.iter().enumerate() {
        let posts = posts_of(&instance, *about).await?;
        let by = ids[(at + 1) % ids.len()];
        let comment = "seen at the harbour".to_owned();
        let category = Category::Spam;
        let about = *about;
        let new = NewReport { about, posts, messages: None, category, rules: Vec::new(), comment };
        moderation::report(&instance.app, by, new).await?;
    }
    let staff = Powers::operator();
    for at in 0..NOTES {
        people::add_note(&instance.app, &staff, ids[at % ids.len()], "looked at").await?;
    }
    instance.runner.settle_by(instance.app.now_ms(), 64).await?;
    instance.lease.end(&instance.app.graph).await?;
    Ok(())
}

async fn posts_of(instance: &Instance, of: Id<Account>) -> Result<Vec<Id<Post>>, Failure> {
    let links = instance.app.graph.list::<OpenPosts>(of, Page::newest(2)).await?;
    Ok(links.into_iter().map(|link| link.to).collect())
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
