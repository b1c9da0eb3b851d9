//! Mastodon's API for staff. What it calls silenced is limited here, what it calls disabled is frozen.

mod accounts;
mod blocks;
mod measures;
mod reports;
mod trends;

use crate::{page::Sizes, routes::Operation};

/// How long pages are.
const PAGE: Sizes = Sizes(100, 200);

pub fn operations() -> Vec<Operation> {
    let mut all = accounts::operations();
    all.extend(reports::operations());
    all.extend(blocks::operations());
    all.extend(measures::operations());
    all.extend(trends::operations());
    all
}
