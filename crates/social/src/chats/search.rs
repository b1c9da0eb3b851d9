//! Search within one's chats: never others'.
//!
//! The filter inside the question names the chats one is in, and from which number on one reads each; what is found is read
//! again like a page of history, so that what is withheld or gone meanwhile is not shown.

use std::collections::HashMap;

use engine::{
    search::{Filter, Question, Sort, Start, Words},
    store::EdgeRef,
};
use graph::{Edge, Id, Page};

use super::{
    error::ChatError,
    model::{Chat, ChatMembers, MemberOf, Message, Since},
    read::{Listed, MOST_SHOWN, Shown, listed, show},
    seat::{seat, unpack},
};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    relations::model::{BlockedBy, Blocks},
    search::MESSAGES,
};

/// Most chats that are searched at once: those with the newest messages. A chat that is named is always searched.
pub const MOST_SEARCHED: usize = 300;
/// Most people of blocks that are put into the question; others' messages are left out when they are read.
const MOST_HIDDEN: usize = 200;

/// What was found, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// Messages.
    pub messages: Vec<Shown>,
    /// The chats they are of.
    pub chats: Vec<Listed>,
    /// Where the next page begins.
    pub next: Option<Id<Message>>,
}

/// Searches for words in one's chats, or in one of them; only what is older than `before`, if given.
pub async fn search(
    app: &App,
    me: Id<Account>,
    typed: &str,
    within: Option<Id<Chat>>,
    before: Option<Id<Message>>,
    limit: usize,
) -> Result<Hits, ChatError> {
    let mine = match within {
        Some(id) => vec![(id, seat(app, me, id).await?.reading()?.from)],
        None => own(app, me).await?,
    };
    let typed: String = typed.chars().take(500).collect();
    let limit = limit.clamp(1, MOST_SHOWN);
    if typed.trim().is_empty() || mine.is_empty() {
        return Ok(Hits::default());
    }
    let in_mine = mine.iter().map(|(id, from)| match from {
        0 => Filter::Has("chat", id.to_string()),
        from => Filter::All(vec![
            Filter::Has("chat", id.to_string()),
            Filter::Between("number", from + 1, u64::MAX >> 1),
        ]),
    });
    let mut all = vec![Filter::Any(in_mine.collect())];
    all.extend(before.map(|id| Filter::Between("place", 0, id.raw() - 1)));
    let hidden = blocks(app, me).await?.into_iter();
    all.extend(hidden.map(|id| Filter::Not(Box::new(Filter::Has("author", id.to_string())))));
    let question = Question {
        index: MESSAGES,
        words: Some(Words { fields: vec![("text", 100)], text: typed, prefix: true }),
        filter: Filter::All(all),
        sort: Sort::Descending("place"),
        start: Start::At(0),
        limit,
    };
    let found = app.engines.search.ask(question).await.map_err(Fault::from)?;
    let ids: Vec<Id<Message>> = found.ids.into_iter().filter_map(Id::new).collect();
    let next = ids.last().copied().filter(|_| ids.len() == limit);
    let mine: HashMap<_, _> = mine.into_iter().collect();
    let mut messages = show(app, me, &ids).await?;
    messages.retain(|shown| {
        let message = &shown.message;
        let from = mine.get(&message.chat);
        let readable = from.is_some_and(|from| message.number > *from);
        readable && !shown.withheld && message.deleted_ms.is_none()
    });
    let mut named: Vec<_> = messages.iter().map(|shown| shown.message.chat).collect();
    named.sort_unstable();
    named.dedup();
    // What a chat is to one now is asked now: of who blocks one, nothing is there.
    let chats: Vec<_> = listed(app, me, &named).await?.into_iter().flatten().collect();
    messages.retain(|shown| chats.iter().any(|chat| chat.seat.chat.id == shown.message.chat));
    Ok(Hits { messages, chats, next })
}

/// The chats one is in, the one with the newest message first, and from which number on one reads each.
async fn own(app: &App, me: Id<Account>) -> Result<Vec<(Id<Chat>, u64)>, ChatError> {
    let links = app.graph.list::<MemberOf>(me, Page::newest(MOST_SEARCHED)).await?;
    let asked: Vec<_> = links
        .iter()
        .map(|link| EdgeRef { from: link.to.raw(), kind: ChatMembers::DECL.kind, to: me.raw() })
        .collect();
    let edges = app.graph.edge_records(&asked).await?;
    let member = |(link, edge): (&graph::Link<Chat>, Option<engine::store::EdgeRecord>)| {
        let since: Since = unpack(&edge?.data);
        Some((link.to, since.from))
    };
    Ok(links.iter().zip(edges).filter_map(member).collect())
}

/// People with a block between them and somebody.
async fn blocks(app: &App, me: Id<Account>) -> Result<Vec<Id<Account>>, Fault> {
    let page = Page::newest(MOST_HIDDEN);
    let (mine, theirs) = tokio::try_join!(
        app.graph.list::<Blocks>(me, page),
        app.graph.list::<BlockedBy>(me, page)
    )?;
    Ok(mine.iter().map(|link| link.to).chain(theirs.iter().map(|link| link.to)).collect())
}
