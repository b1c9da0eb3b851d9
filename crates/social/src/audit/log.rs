//! Writing the log, reading it, and checking that nobody changed it.

use graph::{Batch, CommitError, Id, Order, Page, Stored};

use super::model::{Act, AuditEntries, CHAIN, Chain, Entry, Subject};
use crate::{accounts::model::Account, app::App, fault::Fault, instance::model::INSTANCE};

/// Most bytes of a reason, and of how something was and is.
const MOST: usize = 2_000;
/// How many entries are read at once.
const STEP: usize = 200;

/// What is to be told of an act.
#[derive(Clone, Debug)]
pub struct Note<'a> {
    /// Who acts; none for the operator.
    pub by: Option<Id<Account>>,
    /// What they do.
    pub act: Act,
    /// To what.
    pub on: Subject,
    /// Why.
    pub reason: &'a str,
    /// How it was.
    pub before: String,
    /// How it is now.
    pub after: String,
}

/// Adds an entry to the batch that does what it tells. One in a batch: a conflict means that other staff acted at the
/// same moment, so who commits tries again.
pub async fn record(app: &App, batch: &mut Batch, note: Note<'_>) -> Result<(), Fault> {
    let chain = app.graph.get(CHAIN).await?;
    let mut entry = Entry {
        number: chain.as_ref().map_or(0, |chain| chain.entries) + 1,
        at_ms: app.now_ms(),
        by: note.by,
        act: note.act,
        on: note.on,
        reason: cut(note.reason),
        before: cut(&note.before),
        after: cut(&note.after),
        previous: chain.as_ref().map(|chain| chain.hash.clone()).unwrap_or_default(),
        hash: String::new(),
    };
    entry.hash = entry.sealed();
    let end = Chain { entries: entry.number, hash: entry.hash.clone() };
    match &chain {
        Some(chain) => batch.replace(chain, &end),
        None => batch.create(CHAIN, &end),
    };
    let id: Id<Entry> = app.id();
    batch.create(id, &entry);
    batch.link::<AuditEntries>(INSTANCE, id, entry.number);
    Ok(())
}

/// Adds an entry for an act that changes nothing in the store, or something elsewhere.
pub async fn note(app: &App, note: Note<'_>) -> Result<(), Fault> {
    /// How often it is tried again when other staff acted at the same moment.
    const TRIES: usize = 8;
    for _ in 0..TRIES {
        let mut batch = Batch::new();
        record(app, &mut batch, note.clone()).await?;
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}

fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(MOST.min(text.len()))].to_owned()
}

/// Which entries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only of this person's doing.
    pub by: Option<Id<Account>>,
    /// Only these acts.
    pub act: Option<Act>,
    /// Only about this.
    pub on: Option<Subject>,
}

impl Filter {
    fn passes(&self, entry: &Entry) -> bool {
        self.by.is_none_or(|by| entry.by == Some(by))
            && self.act.is_none_or(|act| entry.act == act)
            && self.on.is_none_or(|on| entry.on == on)
    }
}

/// A page of the log. What a filter leaves out is looked through to a bound; the second answer is where to go on.
pub async fn entries(
    app: &App,
    filter: Filter,
    page: Page,
) -> Result<(Vec<std::sync::Arc<Stored<Entry>>>, Option<u64>), Fault> {
    /// How many entries one page looks at, at most.
    const SCAN: usize = 2_000;
    let (mut found, mut cursor, mut scanned) = (Vec::new(), page, 0);
    cursor.limit = STEP;
    loop {
        let links = app.graph.list::<AuditEntries>(INSTANCE, cursor).await?;
        let ids: Vec<_> = links.iter().map(|link| link.to).collect();
        for (link, entry) in links.iter().zip(app.graph.get_many(&ids).await?) {
            found.extend(entry.filter(|entry| filter.passes(entry)));
            if found.len() == page.limit {
                return Ok((found, Some(link.ord)));
            }
        }
        scanned += links.len();
        let Some(last) = links.last().filter(|_| links.len() == STEP) else {
            return Ok((found, None));
        };
        if scanned >= SCAN {
            return Ok((found, Some(last.ord)));
        }
        match page.order {
            Order::Newest => cursor.below = Some(last.ord),
            Order::Oldest => cursor.above = Some(last.ord),
        }
    }
}

/// A log that nobody changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// How many entries it has.
    pub entries: u64,
    /// Hash of the last: noted elsewhere, it also shows a log that was shortened as a whole.
    pub hash: String,
}

/// Why the log cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// An entry is not there.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// An entry is not what it was.
    #[error("entry {0} was changed")]
    Changed(u64),
    /// The end of the chain is not that of its last entry.
    #[error("the log ends with entry {found}, and should end with entry {wanted}")]
    End {
        /// The last that was found.
        found: u64,
        /// The last that was written.
        wanted: u64,
    },
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for Damage
where
    Fault: From<E>,
{
    fn from(error: E) -> Damage {
        Damage::Fault(error.into())
    }
}

/// Reads the whole log and checks every link of its chain.
pub async fn verify(app: &App) -> Result<Whole, Damage> {
    let mut end = Whole { entries: 0, hash: String::new() };
    let mut page = Page { below: None, above: None, order: Order::Oldest, limit: STEP };
    loop {
        let links = app.graph.list::<AuditEntries>(INSTANCE, page).await?;
        let Some(last) = links.last() else { break };
        page.above = Some(last.ord);
        let ids: Vec<_> = links.iter().map(|link| link.to).collect();
        for entry in app.graph.get_many(&ids).await? {
            let number = end.entries + 1;
            let entry = entry.ok_or(Damage::Missing(number))?;
            if entry.number != number {
                return Err(Damage::Missing(number));
            }
            if entry.previous != end.hash || entry.hash != entry.sealed() {
                return Err(Damage::Changed(number));
            }
            end = Whole { entries: number, hash: entry.hash.clone() };
        }
    }
    // Read last: what was written meanwhile makes the chain longer than what was found, never shorter.
    let chain = app.graph.get(CHAIN).await?;
    let wanted = chain.as_ref().map_or(0, |chain| chain.entries);
    if wanted < end.entries || wanted == end.entries && chain.is_some_and(|c| c.hash != end.hash) {
        return Err(Damage::End { found: end.entries, wanted });
    }
    if wanted > end.entries && app.graph.count::<AuditEntries>(INSTANCE).await? == end.entries {
        return Err(Damage::End { found: end.entries, wanted });
    }
    Ok(end)
}
