//! Notifications by mail: what came within a while is one mail, each thing in exactly one.
//!
//! Who has something waiting stands in a list by when the first of it came. When that is long enough ago, one commit takes
//! the part of it that has settled: from the place up to which there were mails, to one of a minute ago. The event names
//! both: a job that runs again makes the same mail, and never tells of another's part. The same job puts the person back
//! into the list if something waits on, so that no crash between two commits forgets it.

use std::{collections::HashMap, time::Duration};

use engine::mail::Mail;
use graph::{Batch, CommitError, Id, Order, Page};

use super::{Face, Item, Letter, Topic, link_of};
use crate::{
    accounts::{
        model::{Account, Login},
        name_at,
    },
    app::App,
    events::Event,
    fault::Fault,
    house::community,
    instance::{Everybody, model::INSTANCE},
    notifications::{
        self, Filter, GroupKey, Told, marker,
        model::{MailDue, Notification, NotificationKind, ToMail},
        tell, wording, wording_of,
    },
};

/// How long things gather before they are a mail.
pub const WINDOW: Duration = Duration::from_secs(10 * 60);
/// For how long what is younger waits for the next mail: what was made and is not committed yet, or made by the clock of
/// another process, must never be behind the place up to which there were mails.
const SETTLED: Duration = Duration::from_secs(60);
/// Most things that one mail looks at; what is more is one line.
const MOST: usize = 200;
/// Most lines of one mail.
const LINES: usize = 12;

/// Finds out whose things have gathered for so long; says how many mails that makes.
pub async fn due(app: &App, gathered: Duration) -> Result<usize, Fault> {
    let place = |ago: Duration| app.now_ms().saturating_sub(ago.as_millis() as u64) << 16;
    let upto = place(SETTLED.min(gathered));
    let (mut waiting, mut due) = (Everybody::<MailDue>::before(place(gathered)), 0);
    while let Some(account) = waiting.next(app).await? {
        due += usize::from(take(app, account, upto).await?);
    }
    Ok(due)
}

/// Makes an event of what waits for a person.
async fn take(app: &App, account: Id<Account>, upto: u64) -> Result<bool, Fault> {
    let mut batch = Batch::new();
    batch.discard::<MailDue>(INSTANCE, account);
    let person = app.graph.get(account).await?;
    let login = match &person {
        Some(person) => app.graph.get(person.login).await?,
        None => None,
    };
    let Some(login) = login else {
        app.graph.commit(batch).await?;
        return Ok(false);
    };
    let after = login.wishes.mailed;
    let upto = upto.max(after);
    let mut body: Login = login.body.clone();
    body.wishes.mailed = upto;
    batch.replace(&login, &body);
    batch.emit(app.id(), &Event::NotificationsDue { account, after, upto });
    match app.graph.commit(batch).await {
        Ok(_) => Ok(true),
        // They changed something just now: at the next round.
        Err(CommitError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn waiting(
    app: &App,
    account: Id<Account>,
    after: u64,
    upto: u64,
) -> Result<Vec<Id<Notification>>, Fault> {
    let page = Page { above: Some(after), below: Some(upto + 1), ..Page::newest(MOST) };
    let links = app.graph.list::<ToMail>(account, page).await?;
    Ok(links.into_iter().map(|link| link.to).collect())
}

/// The mail of what came between two places, as far as it was not read meanwhile. None where nothing is left.
pub(crate) async fn batch_mail(
    app: &App,
    account: Id<Account>,
    after: u64,
    upto: u64,
) -> Result<Option<Mail>, Fault> {
    let Some((person, login)) = receiver(app, account).await? else { return Ok(None) };
    let ids = waiting(app, account, after, upto).await?;
    let read = marker(app, account).await?.unwrap_or(0);
    let told = tell(app, account, &ids, &Filter::default()).await?;
    let told: Vec<Told> = told
        .into_iter()
        .flatten()
        .filter(|told| {
            let kind = told.notification.kind;
            // A chat has its own mark of what was read.
            let new = kind == NotificationKind::ChatMessage || told.notification.id.raw() > read;
            new && login.wishes.channels(kind).email
        })
        .collect();
    if told.is_empty() {
        return Ok(None);
    }
    let title = &community(app).await?.title;
    let mut items = lines(&app.settings.public_url, &told);
    let subject = match items.len() {
        1 => items[0].title.clone(),
        _ => format!("{}, and more at {title}", items[0].title),
    };
    let more = items.len().saturating_sub(LINES);
    items.truncate(LINES);
    let lines = vec![format!("This happened at {title} while you were away.")];
    if more > 0 {
        items.push(Item {
            face: None,
            title: format!("And {more} more"),
            body: String::new(),
            href: format!("{}/notifications", app.settings.public_url),
        });
    }
    let letter = Letter {
        place: title.clone(),
        subject,
        lines,
        items,
        link: Some(("See all", format!("{}/notifications", app.settings.public_url))),
        after: "You choose what comes by mail in your settings, under Notifications.".to_owned(),
        unsubscribe: Some(link_of(app, account, Topic::Notifications)),
    };
    let name = name_at(&person, &login, &login.email).to_owned();
    let key = format!("notifications:{account}:{upto}");
    Ok(Some(letter.mail(key, login.email.clone(), &name)))
}

/// One line for each group, the newest first, with how many there are.
fn lines(url: &str, told: &[Told]) -> Vec<Item> {
    let mut groups: Vec<(&Told, usize)> = Vec::new();
    let mut places: HashMap<GroupKey, usize> = HashMap::new();
    for one in told {
        let place = *places.entry(GroupKey::of(&one.notification)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.1 += 1,
            None => groups.push((one, 1)),
        }
    }
    let line = |(told, count): &(&Told, usize)| {
        let words = wording_of(told, count - 1);
        let named = told.notification.kind.row().named;
        Item {
            face: named.then(|| Face::of(&told.by.display_name, told.by.handle.as_str())),
            title: words.title,
            body: words.body,
            href: format!("{url}{}", words.path),
        }
    };
    groups.iter().map(line).collect()
}

/// Puts a person back into the list for what came after a part: those who wrote it found them in the list, and the part took
/// them out.
pub(crate) async fn wait_on(app: &App, account: Id<Account>, upto: u64) -> Result<(), Fault> {
    let page = Page { above: Some(upto), order: Order::Oldest, ..Page::newest(1) };
    let Some(first) = app.graph.list::<ToMail>(account, page).await?.pop() else { return Ok(()) };
    let mut batch = Batch::new();
    batch.ensure::<MailDue>(INSTANCE, account, first.ord);
    app.graph.commit(batch).await?;
    Ok(())
}

/// Notes that the mail of a part is out: it waits no more.
pub(crate) async fn batched(
    app: &App,
    account: Id<Account>,
    after: u64,
    upto: u64,
) -> Result<(), Fault> {
    loop {
        let ids = waiting(app, account, after, upto).await?;
        if ids.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for id in ids {
            batch.discard::<ToMail>(account, id);
        }
        app.graph.commit(batch).await?;
    }
}

/// The mail of one notification that does not wait for others.
pub(crate) async fn single_mail(app: &App, id: Id<Notification>) -> Result<Option<Mail>, Fault> {
    let Some(node) = app.graph.get(id).await? else { return Ok(None) };
    let account = node.account;
    let Some((person, login)) = receiver(app, account).await? else { return Ok(None) };
    if !login.wishes.channels(node.kind).email {
        return Ok(None);
    }
    let Some(told) = notifications::read_one(app, account, id).await? else { return Ok(None) };
    let (url, title) = (&app.settings.public_url, community(app).await?.title);
    let words = wording(&told);
    let mut lines = vec![format!("{}.", words.title)];
    if node.kind == NotificationKind::NewSignIn {
        let session = node.about.and_then(Id::<crate::sessions::model::Session>::new);
        if let Some(session) = session
            && let Some(session) = app.graph.get(session).await?
        {
            lines = vec![format!("Somebody signed in to your account: {}.", session.name)];
        }
        lines.push(
            "If it was you, there is nothing to do. If not, sign that device out and change your \
             password."
                .to_owned(),
        );
    }
    let letter = Letter {
        subject: format!("{} at {title}", words.title),
        place: title,
        lines,
        link: Some(("Look at it", format!("{url}{}", words.path))),
        unsubscribe: Some(link_of(app, account, Topic::Notifications)),
        ..Letter::default()
    };
    let name = name_at(&person, &login, &login.email).to_owned();
    Ok(Some(letter.mail(format!("notification:{id}"), login.email.clone(), &name)))
}

/// Who may get mail of what happened: they are here, and the address is theirs and takes mail.
pub(super) async fn receiver(
    app: &App,
    account: Id<Account>,
) -> Result<
    Option<(std::sync::Arc<graph::Stored<Account>>, std::sync::Arc<graph::Stored<Login>>)>,
    Fault,
> {
    let Some(person) = app.graph.get(account).await? else { return Ok(None) };
    let Some(login) = app.graph.get(person.login).await? else { return Ok(None) };
    let there = person.is_visible() && login.takes_mail();
    Ok(there.then_some((person, login)))
}
