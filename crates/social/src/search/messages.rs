//! Messages of chats as documents. Who finds them is decided in [`crate::chats::search`]: by the chat, and the number in it.

use engine::{
    search::{Change, Document, FieldKind, IndexSpec, Value},
    store::Upkeep,
};
use graph::{Id, Node, Stored};

use super::documents::STEP;
use crate::{app::App, chats::model::Message, fault::Fault};

pub(crate) const MESSAGES: &str = "chat_messages";

pub(super) const SPEC: IndexSpec = IndexSpec {
    name: MESSAGES,
    fields: &[
        ("text", FieldKind::Text),
        ("chat", FieldKind::Keywords),
        ("author", FieldKind::Keywords),
        ("number", FieldKind::Number),
        // The id: its time, and unique.
        ("place", FieldKind::Number),
    ],
    language: None,
};

/// The document of a message: its words, and what is written about its media. Without words there is none.
async fn document(
    app: &App,
    message: &Stored<Message>,
    version: u64,
) -> Result<Option<Document>, Fault> {
    if message.deleted_ms.is_some() {
        return Ok(None);
    }
    let media = app.graph.get_many(&message.media).await?;
    let described = media.iter().flatten().map(|media| media.description.as_str());
    let words: Vec<&str> =
        std::iter::once(message.text.as_str()).chain(described).filter(|w| !w.is_empty()).collect();
    let word = |word: String| Value::Keywords(vec![word]);
    Ok((!words.is_empty()).then(|| Document {
        id: message.id.raw(),
        version,
        values: vec![
            ("text", Value::Text(words.join("\n"))),
            ("chat", word(message.chat.to_string())),
            ("author", word(message.author.to_string())),
            ("number", Value::Number(message.number)),
            ("place", Value::Number(message.id.raw())),
        ],
    }))
}

/// Brings the document of a message up to date.
pub async fn index_message(app: &App, id: Id<Message>) -> Result<(), Fault> {
    let version = app.ord();
    let document = match app.graph.get(id).await? {
        Some(message) => document(app, &message, version).await?,
        None => None,
    };
    let change = match document {
        Some(document) => Change::Put(document),
        None => Change::Delete { id: id.raw(), version },
    };
    Ok(app.engines.search.write(MESSAGES, vec![change]).await?)
}

/// Fills the index that is being rebuilt; says how many documents there are.
pub(super) async fn refill(app: &App, upkeep: &dyn Upkeep) -> Result<u64, Fault> {
    let (mut documents, mut after) = (0, 0);
    loop {
        let version = app.ord();
        let page = upkeep.scan_nodes(Message::KIND, after, STEP).await?;
        let Some(last) = page.last() else { return Ok(documents) };
        after = last.id;
        let ids: Vec<Id<Message>> = page.iter().filter_map(|node| Id::new(node.id)).collect();
        let messages = app.graph.get_many(&ids).await?;
        let mut fill = Vec::with_capacity(ids.len());
        for message in messages.iter().flatten() {
            fill.extend(document(app, message, version).await?);
        }
        documents += fill.len() as u64;
        app.engines.search.refill(MESSAGES, fill).await?;
    }
}
