//! The digest: the best of what somebody missed in a day or a week, for who asked for it.
//!
//! Like the summary of insight it is due once a day and person: what says so is in the commit that makes its event.

use engine::mail::Mail;
use graph::{Batch, CommitError, Expect, Id, Page};

use super::{Face, Item, Letter, Topic, batch::receiver, link_of};
use crate::{
    accounts::{
        model::{Account, Login},
        name_at,
    },
    app::App,
    events::Event,
    fault::Fault,
    house::community,
    insight::model::DAY_MS,
    instance::Everybody,
    notifications::{self, Digest, excerpt, model::DigestTakers, path_of},
    posts::{
        Seen, login_of,
        model::{LikedBy, OpenReplies, SharedBy},
    },
    timelines,
};

/// How many posts of home are looked at for the best.
const LOOKED_AT: usize = 120;
/// How many posts a digest has.
const BEST: usize = 5;
/// How much later than the one before a digest may come and still tell all between.
const LATE_MS: u64 = DAY_MS / 2;
/// On which day of the week weekly digests come: Monday. The first of 1970 was a Thursday.
const MONDAY: u64 = 4;

/// Finds out who is due; says how many mails that makes.
pub async fn digests(app: &App) -> Result<usize, Fault> {
    let today = app.now_ms() / DAY_MS;
    let (mut takers, mut due) = (Everybody::<DigestTakers>::of(), 0);
    while let Some(account) = takers.next(app).await? {
        due += usize::from(take(app, account, today).await?);
    }
    Ok(due)
}

async fn take(app: &App, account: Id<Account>, today: u64) -> Result<bool, Fault> {
    let Some((_, login)) = receiver(app, account).await? else { return Ok(false) };
    let days = match login.wishes.digest {
        Digest::Off => return Ok(false),
        Digest::Daily => 1,
        Digest::Weekly if today % 7 == MONDAY => 7,
        Digest::Weekly => return Ok(false),
    };
    let (now, before) = (app.now_ms(), login.wishes.digested_ms);
    if before / DAY_MS >= today {
        return Ok(false);
    }
    // What the one before told is not told again; what is older than the span, and than a digest may be late, was missed for
    // good.
    let since_ms = before.max(now.saturating_sub(days * DAY_MS + LATE_MS));
    let mut body: Login = login.body.clone();
    body.wishes.digested_ms = now;
    let mut batch = Batch::new();
    batch.guard(account, Expect::Present);
    batch.replace(&login, &body);
    batch.emit(app.id(), &Event::DigestDue { account, day: today, since_ms });
    match app.graph.commit(batch).await {
        Ok(_) => Ok(true),
        // They changed something just now; another process may have been first.
        Err(CommitError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The digest since a moment, as its reader may see it now. None where nothing was missed, or who is no longer due.
pub(crate) async fn digest_mail(
    app: &App,
    account: Id<Account>,
    day: u64,
    since_ms: u64,
) -> Result<Option<Mail>, Fault> {
    let Some((person, login)) = receiver(app, account).await? else { return Ok(None) };
    let span = match login.wishes.digest {
        Digest::Off => return Ok(None),
        Digest::Daily => "yesterday",
        Digest::Weekly => "last week",
    };
    let best = best(app, account, since_ms).await?;
    let unread = notifications::unread(app, account).await?;
    if best.is_empty() {
        return Ok(None);
    }
    let (url, title) = (&app.settings.public_url, &community(app).await?.title);
    let items = best
        .iter()
        .map(|seen| Item {
            face: Some(face(seen)),
            title: name(seen),
            body: excerpt(seen),
            href: format!("{url}{}", path_of(seen)),
        })
        .collect();
    let mut lines = vec![format!("The best of what people you follow posted at {title} {span}:")];
    if let Some(line) = waiting(unread.notifications, unread.chats) {
        lines.insert(0, line);
    }
    let letter = Letter {
        place: title.clone(),
        subject: format!("What you missed at {title}"),
        lines,
        items,
        link: Some(("Come in", format!("{url}/"))),
        after: "You asked for this in your settings, under Notifications.".to_owned(),
        unsubscribe: Some(link_of(app, account, Topic::Digest)),
    };
    let name = name_at(&person, &login, &login.email).to_owned();
    let key = format!("digest:{account}:{day}");
    Ok(Some(letter.mail(key, login.email.clone(), &name)))
}

/// The posts of home that people did most with, of others and since home was read.
async fn best(app: &App, account: Id<Account>, since_ms: u64) -> Result<Vec<Seen>, Fault> {
    let login = login_of(app, account).await?;
    let read = login.markers.iter().find(|marker| marker.timeline == "home");
    let above = read.map_or(0, |marker| marker.last_read).max(since_ms << 16);
    let page = Page { above: Some(above), ..Page::newest(LOOKED_AT) };
    let mut ranked = Vec::new();
    for seen in timelines::home(app, account, page).await?.posts {
        let post = seen.content();
        if post.author == account || seen.post.author == account {
            continue;
        }
        let likes = app.graph.count::<LikedBy>(post.id).await?;
        let shares = app.graph.count::<SharedBy>(post.id).await?;
        let answers = app.graph.count::<OpenReplies>(post.id).await?;
        ranked.push((likes + 2 * shares + 2 * answers, seen));
    }
    // Of equals the newest, as they came.
    ranked.sort_by_key(|(heat, _)| std::cmp::Reverse(*heat));
    Ok(ranked.into_iter().take(BEST).map(|(_, seen)| seen).collect())
}

fn author(seen: &Seen) -> &Account {
    seen.shared.as_ref().map_or(&seen.author, |(_, author)| author)
}

fn face(seen: &Seen) -> Face {
    let author = author(seen);
    Face::of(&author.display_name, author.handle.as_str())
}

fn name(seen: &Seen) -> String {
    let author = author(seen);
    match author.display_name.as_str() {
        "" => format!("@{}", author.handle),
        name => name.to_owned(),
    }
}

/// What waits, if anything does.
fn waiting(notifications: u64, chats: u64) -> Option<String> {
    let all = [(notifications, "notification"), (chats, "unread chat")];
    let some = all.iter().filter(|(number, _)| *number > 0);
    let told: Vec<_> = some.map(|(number, what)| many(*number, what)).collect();
    let verb = if notifications + chats == 1 { "waits" } else { "wait" };
    (!told.is_empty()).then(|| format!("{} {verb} for you.", told.join(" and ")))
}

fn many(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::waiting;

    #[test]
    fn what_waits_is_said_without_what_does_not() {
        assert_eq!(waiting(0, 0), None);
        assert_eq!(waiting(1, 0).unwrap(), "1 notification waits for you.");
        assert_eq!(waiting(0, 2).unwrap(), "2 unread chats wait for you.");
        assert_eq!(waiting(8, 1).unwrap(), "8 notifications and 1 unread chat wait for you.");
    }
}
