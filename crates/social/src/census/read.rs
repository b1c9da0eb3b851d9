//! Reading the census: series of days, cohorts of newcomers, languages.

use std::collections::BTreeMap;

use super::{
    keep::largest,
    model::{Period, Span},
};
use crate::{app::App, fault::Fault};

/// Most days or months that are read at once.
const MOST: usize = 400;

/// What is known of each of so many days up to a day, the oldest first; nothing where nothing was counted.
pub async fn days(app: &App, last: Span, number: usize) -> Result<Vec<(Span, Period)>, Fault> {
    let number = u32::try_from(number.clamp(1, MOST)).unwrap_or(1);
    let spans: Vec<_> = (0..number).rev().map(|back| last.back(back)).collect();
    read(app, spans).await
}

async fn read(app: &App, spans: Vec<Span>) -> Result<Vec<(Span, Period)>, Fault> {
    let ids: Vec<_> = spans.iter().map(|span| span.id()).collect();
    let found = app.graph.get_many(&ids).await?;
    let period = |found: Option<std::sync::Arc<graph::Stored<Period>>>| {
        found.map(|stored| stored.body.clone()).unwrap_or_default()
    };
    Ok(spans.into_iter().zip(found.into_iter().map(period)).collect())
}

/// What is known of one.
pub async fn period(app: &App, span: Span) -> Result<Period, Fault> {
    Ok(read(app, vec![span]).await?.pop().map(|(_, period)| period).unwrap_or_default())
}

/// Those who joined in one span, and how many of them were here in it and in each one after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// When they joined.
    pub joined: Span,
    /// How many.
    pub people: u64,
    /// How many of them were here, from the span in which they joined on.
    pub here: Vec<(Span, u64)>,
}

/// The cohorts of so many days, or months, up to one; the oldest first.
pub async fn cohorts(app: &App, last: Span, number: usize) -> Result<Vec<Cohort>, Fault> {
    let spans = days(app, last, number).await?;
    let cohort = |(at, (joined, period)): (usize, &(Span, Period))| {
        let of = |(span, later): &(Span, Period)| {
            (*span, later.joined.get(&joined.number()).copied().unwrap_or(0))
        };
        let here: Vec<_> = spans[at..].iter().map(of).collect();
        // Whoever was counted as here joined, whatever a crash has lost of the other count.
        let most = here.iter().map(|(_, people)| *people).max().unwrap_or(0);
        Cohort { joined: *joined, people: period.counts.sign_ups.max(most), here }
    };
    Ok(spans.iter().enumerate().map(cohort).collect())
}

impl Period {
    /// The languages of those who were here, the most frequent first.
    pub fn by_language(&self, limit: usize) -> Vec<(String, u64)> {
        let known: BTreeMap<_, _> = self.languages.clone();
        largest(known, limit)
    }
}
