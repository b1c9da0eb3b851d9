//! The directory: everybody who lets themselves be found.

use std::sync::Arc;

use engine::search::{Filter, Question, Sort, Start};
use graph::{Id, Stored};

use crate::{accounts::model::Account, app::App, fault::Fault, relations::proposable, search};

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Who posted last, first.
    #[default]
    Active,
    /// Who came last, first.
    New,
}

/// A page of the directory as a viewer sees it. Who may not be shown any more and still stands in the index is left out,
/// so a page may be shorter than asked for.
pub async fn directory(
    app: &App,
    viewer: Option<Id<Account>>,
    order: Order,
    offset: usize,
    limit: usize,
) -> Result<Vec<Arc<Stored<Account>>>, Fault> {
    let question = Question {
        index: search::PEOPLE,
        words: None,
        filter: Filter::Has("sees", search::EVERYONE.to_owned()),
        sort: Sort::Descending(match order {
            Order::Active => "posted",
            Order::New => "created",
        }),
        start: Start::At(offset),
        limit,
    };
    let found = app.engines.search.ask(question).await?;
    let ids: Vec<Id<Account>> = found.ids.into_iter().filter_map(Id::new).collect();
    Ok(proposable(app, viewer, &ids).await?.into_iter().flatten().collect())
}
