//! Chat messages as notifications: of each chat one, as long as it is unread.

use graph::Id;

use super::{
    deliver::write,
    make::wanted,
    model::{NOTIFICATION_CAUSES, Notification, NotificationKind, cause_of},
    policy::Rule,
};
use crate::{
    app::App,
    chats::{self, model::Message},
    fault::Fault,
};

/// Tells the members of a chat of a message that was sent or edited, but those whom the chat's last notification still
/// waits for.
pub async fn notify_chat(app: &App, message: Id<Message>) -> Result<(), Fault> {
    let Some(sent) = app.graph.get(message).await? else { return Ok(()) };
    if sent.deleted_ms.is_some() {
        return Ok(());
    }
    for (to, read) in chats::listeners(app, &sent).await? {
        let told = Notification {
            account: to,
            kind: NotificationKind::ChatMessage,
            by: sent.author,
            post: None,
            about: Some(sent.chat.raw()),
            number: Some(sent.number),
        };
        let cause = cause_of(&told);
        let before = app.graph.key::<Notification>(NOTIFICATION_CAUSES, &cause).await?;
        if let Some(before) = before
            && let Some(node) = app.graph.get(before).await?
            && node.number.is_some_and(|number| number > read)
        {
            continue;
        }
        if wanted(app, &told).await? == Rule::Accept {
            write(app, told, before).await?;
        }
    }
    Ok(())
}
