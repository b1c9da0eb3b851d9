//! Writing what was counted, and forgetting who was here when.

use std::collections::BTreeMap;

use engine::store::Expect;
use graph::{Batch, CommitError, Id, Page, Stored};

use super::model::{Counts, LastHere, PeopleHere, Period, Span};
use crate::{
    accounts::model::{Account, Standing},
    app::App,
    events::Event,
    fault::Fault,
    instance::model::INSTANCE,
};

/// How many people one commit counts: seven changes each, and a batch has 500.
const PEOPLE: usize = 60;
/// How often a write is tried again when another process was faster.
const TRIES: usize = 8;
/// Most spans whose newcomers a span tells apart: retention of two months by day, of years by month.
const JOINED: usize = 62;
/// Most languages that are told apart.
const LANGUAGES: usize = 60;
/// Days after which nobody is counted there any more, and who was there is forgotten.
const CLOSED_AFTER: u32 = 2;

/// Writes what the tally holds. People who could not be written wait for the next time; counts that may have been written are
/// let go of: better one too few than one twice.
pub async fn keep(app: &App) -> Result<(), Fault> {
    let taken = app.census.take();
    let today = Span::day_of(app.now_ms()).number();
    let (people, late): (Vec<_>, Vec<_>) =
        taken.here.into_iter().partition(|(day, _)| day + CLOSED_AFTER > today);
    app.census.written(&late);
    let mut first = Ok(());
    let mut left = &people[..];
    while let Some((day, _)) = left.first() {
        let same = left.iter().take(PEOPLE).take_while(|(other, _)| other == day).count();
        let ids: Vec<_> = left[..same].iter().filter_map(|(_, id)| Id::new(*id)).collect();
        if let Err(fault) = arrive(app, Span::Day(*day), &ids).await {
            first = Err(fault);
            break;
        }
        app.census.written(&left[..same]);
        left = &left[same..];
    }
    for (day, counts) in taken.counts {
        match add(app, Span::Day(day), &counts).await {
            Ok(()) => {}
            Err(fault) => {
                if fault == Fault::Busy {
                    app.census.add(day, &counts);
                }
                first = first.and(Err(fault));
            }
        }
    }
    first
}

/// A day and the month that it is in.
fn both(day: Span) -> [Span; 2] {
    [day, Span::month_of(day.starts_ms())]
}

/// Counts those who were not counted yet.
async fn arrive(app: &App, day: Span, people: &[Id<Account>]) -> Result<(), Fault> {
    for _ in 0..TRIES {
        let accounts: Vec<_> = app.graph.get_many(people).await?.into_iter().flatten().collect();
        let accounts: Vec<_> =
            accounts.into_iter().filter(|account| account.standing != Standing::Deleted).collect();
        let last: Vec<_> = accounts.iter().map(|account| (INSTANCE, account.id)).collect();
        let last = app.graph.edges::<LastHere>(&last).await?;
        let logins: Vec<_> = accounts.iter().map(|account| account.login).collect();
        let logins = app.graph.get_many(&logins).await?;
        let mut batch = Batch::new();
        let mut came = false;
        for span in both(day) {
            let ends: Vec<_> = accounts.iter().map(|account| (span.id(), account.id)).collect();
            let known = app.graph.edges::<PeopleHere>(&ends).await?;
            let stored = app.graph.get(span.id()).await?;
            let mut period = body(stored.as_deref());
            for (at, account) in accounts.iter().enumerate().filter(|(at, _)| known[*at].is_none())
            {
                batch.link::<PeopleHere>(span.id(), account.id, app.ord());
                let language = logins[at].as_ref().map(|login| login.locale.as_str());
                count(&mut period, span, account, language.unwrap_or_default());
                if matches!(span, Span::Day(_)) {
                    came = true;
                    match &last[at] {
                        Some(_) => batch.move_to::<LastHere>(INSTANCE, account.id, app.ord()),
                        None => batch.link::<LastHere>(INSTANCE, account.id, app.ord()),
                    };
                    // The lists of staff can be sorted by it.
                    batch.emit(app.id(), &Event::AccountChanged { account: account.id });
                }
            }
            put(&mut batch, span, stored.as_deref(), &period);
        }
        if !came {
            return Ok(());
        }
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

fn count(period: &mut Period, span: Span, account: &Stored<Account>, language: &str) {
    period.people += 1;
    let joined = match span {
        Span::Day(_) => Span::day_of(account.id.ms()),
        Span::Month(_) => Span::month_of(account.id.ms()),
    };
    *period.joined.entry(joined.number()).or_default() += 1;
    while period.joined.len() > JOINED {
        period.joined.pop_first();
    }
    if period.languages.len() < LANGUAGES || period.languages.contains_key(language) {
        *period.languages.entry(language.to_owned()).or_default() += 1;
    }
}

/// Adds counts to a day and its month.
async fn add(app: &App, day: Span, counts: &Counts) -> Result<(), Fault> {
    for _ in 0..TRIES {
        let mut batch = Batch::new();
        for span in both(day) {
            let stored = app.graph.get(span.id()).await?;
            let mut period = body(stored.as_deref());
            period.counts.add(counts);
            put(&mut batch, span, stored.as_deref(), &period);
        }
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

fn body(stored: Option<&Stored<Period>>) -> Period {
    stored.map(|stored| stored.body.clone()).unwrap_or_default()
}

fn put(batch: &mut Batch, span: Span, stored: Option<&Stored<Period>>, period: &Period) {
    let expect = stored.map_or(Expect::Absent, |stored| Expect::Version(stored.version));
    batch.put(span.id(), period, expect);
}

/// When each of these accounts was here last, Unix milliseconds, to the day.
pub async fn last_here(app: &App, people: &[Id<Account>]) -> Result<Vec<Option<u64>>, Fault> {
    let ends: Vec<_> = people.iter().map(|id| (INSTANCE, *id)).collect();
    let links = app.graph.edges::<LastHere>(&ends).await?;
    Ok(links.into_iter().map(|link| link.map(|link| graph::ms_of(link.ord))).collect())
}

/// Forgets who was here in days and months that are over; says how many. What was counted stays.
pub async fn sweep(app: &App) -> Result<usize, Fault> {
    /// How many people one commit forgets, and how many one run does of a span.
    const STEP: usize = 200;
    const STEPS: usize = 20;
    let today = Span::day_of(app.now_ms());
    // Spans end so late that a process that writes what it held yesterday still finds whom it has counted.
    let month = Span::month_of(today.back(CLOSED_AFTER).starts_ms());
    let days = (CLOSED_AFTER..CLOSED_AFTER + 14).map(|back| today.back(back));
    let months = (1..4).map(|back| month.back(back));
    let mut forgotten = 0;
    for span in days.chain(months) {
        for _ in 0..STEPS {
            let links = app.graph.list::<PeopleHere>(span.id(), Page::newest(STEP)).await?;
            let mut batch = Batch::new();
            for link in &links {
                batch.discard::<PeopleHere>(span.id(), link.to);
            }
            if links.is_empty() {
                break;
            }
            app.graph.commit(batch).await?;
            forgotten += links.len();
        }
    }
    Ok(forgotten)
}

/// Sums of a map, the largest first.
pub(super) fn largest(sums: BTreeMap<String, u64>, limit: usize) -> Vec<(String, u64)> {
    let mut all: Vec<_> = sums.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(limit);
    all
}
