use std::time::Duration;

use super::{model::State, *};
use crate::{
    audit,
    staff::Powers,
    testing::{PASSWORD, World},
};

fn words(text: &str) -> Draft {
    Draft { text: text.to_owned(), ..Draft::default() }
}

#[tokio::test]
async fn a_draft_is_seen_by_nobody_until_it_is_published_and_not_after_it_is_withdrawn() {
    let world = World::new().await;
    let (app, by) = (&world.app, Powers::operator());
    let ada = world.person("ada").await;
    let none = create(app, &by, &words("  "), true, "").await;
    assert_eq!(none.unwrap_err(), AnnouncementError::Text);
    let draft = create(app, &by, &words("We move on Friday."), false, "").await.unwrap();
    assert!(shown(app, ada).await.unwrap().is_empty());
    assert_eq!(dismiss(app, ada, draft.id).await, Err(AnnouncementError::NotFound));
    publish(app, &by, draft.id, "told").await.unwrap();
    assert!(!shown(app, ada).await.unwrap()[0].read);
    dismiss(app, ada, draft.id).await.unwrap();
    dismiss(app, ada, draft.id).await.unwrap();
    assert!(shown(app, ada).await.unwrap()[0].read);
    edit(app, &by, draft.id, &words("We move on Saturday."), "late").await.unwrap();
    assert_eq!(shown(app, ada).await.unwrap()[0].announcement.text, "We move on Saturday.");
    withdraw(app, &by, draft.id, "").await.unwrap();
    assert!(shown(app, ada).await.unwrap().is_empty());
    let page = graph::Page::newest(10);
    assert_eq!(all(app, Some(State::Withdrawn), page).await.unwrap().0.len(), 1);
    assert!(all(app, Some(State::Draft), page).await.unwrap().0.is_empty());
    delete(app, &by, draft.id, "").await.unwrap();
    assert!(all(app, None, page).await.unwrap().0.is_empty());
    assert_eq!(audit::verify(app).await.unwrap().entries, 5);
}

#[tokio::test]
async fn what_is_over_is_not_shown() {
    let world = World::new().await;
    let (app, by) = (&world.app, Powers::operator());
    let ada = world.person("ada").await;
    let now = app.now_ms();
    let times = |starts, ends| Draft { starts_ms: Some(starts), ends_ms: Some(ends), ..words("x") };
    let wrong = create(app, &by, &times(now + 2, now + 1), true, "").await;
    assert_eq!(wrong.unwrap_err(), AnnouncementError::Times);
    create(app, &by, &times(now, now + 1_000), true, "").await.unwrap();
    assert_eq!(shown(app, ada).await.unwrap().len(), 1);
    world.advance(Duration::from_secs(1));
    assert!(shown(app, ada).await.unwrap().is_empty());
}

#[tokio::test]
async fn people_react_with_emoji_once_each_and_take_it_back() {
    let world = World::new().await;
    let (app, by) = (&world.app, Powers::operator());
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let id = create(app, &by, &words("Hello"), true, "").await.unwrap().id;
    for bad in ["", "a", "1", "<b>", ":)", "👍👍", " 👍", "é"] {
        assert_eq!(react(app, ada, id, bad).await, Err(AnnouncementError::Emoji), "{bad}");
    }
    for _ in 0..2 {
        react(app, ada, id, "👍").await.unwrap();
    }
    react(app, ben, id, "👍").await.unwrap();
    react(app, ada, id, "❤️").await.unwrap();
    let seen = shown(app, ada).await.unwrap().remove(0);
    assert_eq!(seen.mine, ["👍", "❤️"]);
    assert_eq!(seen.announcement.reactions["👍"], 2);
    unreact(app, ada, id, "❤️").await.unwrap();
    unreact(app, ada, id, "❤️").await.unwrap();
    assert_eq!(shown(app, ben).await.unwrap()[0].announcement.reactions.len(), 1);
    for emoji in ["🎉", "🐘", "🌻", "🍎", "🚲", "🎈", "🎁"] {
        react(app, ben, id, emoji).await.unwrap();
    }
    assert_eq!(react(app, ada, id, "🐝").await, Err(AnnouncementError::TooMany));
    crate::accounts::delete_account(app, ben, PASSWORD).await.unwrap();
    world.settle().await;
    let left = graph::Page::newest(10);
    let edges = app.graph.list::<model::ReactedBy>(id, left).await.unwrap();
    assert_eq!(edges.iter().map(|edge| edge.to).collect::<Vec<_>>(), [ada]);
}
