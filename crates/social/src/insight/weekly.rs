//! The summary of a week by mail: to whoever was looked at and has not said no.
//!
//! A job finds out who is due. The account's login holds the last week that was told, and the event that makes the mail is in
//! the commit that raises it: a job that is cut off, runs twice or beside itself tells each person of a week once.

use engine::mail::Mail;
use graph::{Batch, CommitError, Expect, Id};

use super::{
    account::{AccountReport, Span, account_report},
    counts::Counts,
    model::{DAY_MS, FreshDays},
};
use crate::{
    accounts::{
        model::{Account, Login},
        name_at,
    },
    app::App,
    events::Event,
    fault::Fault,
    house::community,
    instance::Everybody,
    mails::{Letter, Topic, link_of},
};

/// How often a change is tried again when another device was faster.
const TRIES: usize = 5;
/// Most characters of a post in a mail.
const EXCERPT: usize = 80;

/// The seven days that ended with the last Sunday (UTC).
fn last_week(now_ms: u64) -> Span {
    let today = now_ms / DAY_MS;
    Span::until((today - super::account::weekday(today) as u64).saturating_sub(1), 7)
}

/// Finds out who is due; says how many mails that makes.
pub async fn weekly(app: &App) -> Result<usize, Fault> {
    let week = last_week(app.now_ms());
    let (mut days, mut due) = (Everybody::<FreshDays>::of(), 0);
    while let Some(day) = days.next(app).await? {
        let Some(day) = app.graph.get(day).await? else { continue };
        let within = (week.first..=week.last).contains(&day.day);
        if within && day.total != Counts::default() && tell(app, day.account, week).await? {
            due += 1;
        }
    }
    Ok(due)
}

/// Makes the mail of a person and a week, unless it was made or is not wanted.
async fn tell(app: &App, account: Id<Account>, week: Span) -> Result<bool, Fault> {
    for _ in 0..TRIES {
        let Some(person) = app.graph.get(account).await? else { return Ok(false) };
        let Some(login) = app.graph.get(person.login).await? else { return Ok(false) };
        let told = login.insight_told_day >= week.last;
        if told || login.no_summary || !login.takes_mail() || login.frozen || !person.is_visible() {
            return Ok(false);
        }
        let mut batch = Batch::new();
        batch.guard(account, Expect::Present);
        let insight_told_day = week.last;
        batch.replace(&login, &Login { insight_told_day, ..login.body.clone() });
        batch.emit(app.id(), &Event::SummaryDue { account, last_day: week.last });
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(true),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // Somebody changes their settings again and again just now; the job runs again for those who are left.
    Err(Fault::Busy)
}

/// The mail of a week, as the days are now. None for who said no meanwhile.
pub async fn summary_mail(
    app: &App,
    account: Id<Account>,
    last_day: u64,
) -> Result<Option<Mail>, Fault> {
    let Some(person) = app.graph.get(account).await? else { return Ok(None) };
    let Some(login) = app.graph.get(person.login).await? else { return Ok(None) };
    if login.no_summary || !login.takes_mail() || !person.is_visible() {
        return Ok(None);
    }
    let report = account_report(app, account, Span::until(last_day, 7)).await?;
    let (title, url) = (&community(app).await?.title, &app.settings.public_url);
    let letter = Letter {
        place: title.clone(),
        subject: format!("Your week at {title}"),
        lines: lines(&report),
        link: Some(("See your insight", format!("{url}/insights"))),
        after: "You get this once a week while people look at what you post. You can turn it off \
                in your settings, under Insight."
            .to_owned(),
        unsubscribe: Some(link_of(app, account, Topic::Insight)),
        ..Letter::default()
    };
    let name = name_at(&person, &login, &login.email);
    let key = format!("summary:{account}:{last_day}");
    Ok(Some(letter.mail(key, login.email.clone(), name)))
}

fn lines(report: &AccountReport) -> Vec<String> {
    let (now, before) = (&report.now, &report.before);
    let seen = now.counts.impressions.all();
    let mut lines = vec![
        format!(
            "Last week your posts were on screen {} and reached {}.",
            many(seen, "time", "times"),
            many(now.everybody, "person", "people")
        ),
        match before.everybody {
            0 => "The week before nobody was counted, so there is nothing to compare.".to_owned(),
            people => format!("The week before they reached {}.", many(people, "person", "people")),
        },
        format!(
            "{} began to follow you; you have {} now.",
            many(now.new_followers, "person", "people"),
            many(report.followers, "follower", "followers")
        ),
    ];
    if let Some(best) = report.best.first() {
        let text: String = best.seen.content().text.chars().take(EXCERPT).collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let times = many(best.counts.impressions.all(), "time", "times");
        // A warning is to be read first, in a mail as anywhere.
        lines.push(match best.seen.content().warning.is_empty() && !text.is_empty() {
            true => format!("Most seen, {times}: “{text}”"),
            false => format!("Your most seen post was on screen {times}."),
        });
    }
    lines
}

fn many(number: u64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

/// Whether a person gets the summary.
pub async fn wants_summary(app: &App, account: Id<Account>) -> Result<bool, Fault> {
    let Some(person) = app.graph.get(account).await? else { return Ok(false) };
    Ok(app.graph.get(person.login).await?.is_some_and(|login| !login.no_summary))
}

/// Turns the summary on or off.
pub async fn want_summary(app: &App, account: Id<Account>, wanted: bool) -> Result<(), Fault> {
    for _ in 0..TRIES {
        let Some(person) = app.graph.get(account).await? else { return Ok(()) };
        let Some(login) = app.graph.get(person.login).await? else { return Ok(()) };
        if login.no_summary != wanted {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.replace(&login, &Login { no_summary: !wanted, ..login.body.clone() });
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}
