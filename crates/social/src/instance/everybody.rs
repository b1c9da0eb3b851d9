//! Going through a list of the instance, the oldest first: for jobs that find out who is due. A page is read at a time, and
//! what joins the list meanwhile is met at its end.

use std::{marker::PhantomData, vec::IntoIter};

use graph::{Edge, Id, Order, Page};

use super::model::{INSTANCE, Instance};
use crate::{app::App, fault::Fault};

/// How many are read at a time.
const STEP: usize = 100;

/// A list of the instance that is gone through.
pub(crate) struct Everybody<E: Edge> {
    page: Page,
    read: IntoIter<Id<E::To>>,
    list: PhantomData<E>,
}

impl<E: Edge<From = Instance>> Everybody<E> {
    /// All of it.
    pub(crate) fn of() -> Everybody<E> {
        let page = Page { order: Order::Oldest, ..Page::newest(STEP) };
        Everybody { page, read: Vec::new().into_iter(), list: PhantomData }
    }

    /// Those before a place.
    pub(crate) fn before(place: u64) -> Everybody<E> {
        let mut list = Everybody::of();
        list.page.below = Some(place);
        list
    }

    /// The next one; `None` at the end.
    pub(crate) async fn next(&mut self, app: &App) -> Result<Option<Id<E::To>>, Fault> {
        if let Some(next) = self.read.next() {
            return Ok(Some(next));
        }
        let links = app.graph.list::<E>(INSTANCE, self.page).await?;
        let Some(last) = links.last() else { return Ok(None) };
        self.page.above = Some(last.ord);
        self.read = links.iter().map(|link| link.to).collect::<Vec<_>>().into_iter();
        Ok(self.read.next())
    }
}
