use super::*;
use crate::{
    accounts::{model::Role, set_role},
    apps, audit,
    moderation::ModerationError,
    sessions,
    staff::{Powers, powers_of},
    testing::{PASSWORD, World},
};

async fn moderator(world: &World, handle: &str) -> Powers {
    let id = world.person(handle).await;
    set_role(&world.app, id, Role::Moderator).await.unwrap();
    powers_of(&world.app, id).await.unwrap()
}

#[tokio::test]
async fn staff_end_one_way_in_or_all_and_nobody_of_their_own_rank() {
    let world = World::new().await;
    let app = &world.app;
    let (mona, mora) = (moderator(&world, "mona").await, moderator(&world, "mora").await);
    let ada = world.person("ada").await;
    let one = sessions::open_session(app, ada, "one").await.unwrap();
    let two = sessions::open_session(app, ada, "two").await.unwrap();
    let scopes = "read".parse().unwrap();
    let token = apps::issue(app, None, Some(ada), &scopes, None).await.unwrap().token;
    let open = doors(app, ada).await.unwrap();
    assert_eq!(open.iter().map(|door| door.is_app).collect::<Vec<_>>(), [false, false, true]);
    end_access(app, &mona, ada, one.session.raw(), "lost").await.unwrap();
    assert!(sessions::check_access(app, &one.access_token).await.unwrap().is_none());
    assert!(sessions::check_access(app, &two.access_token).await.unwrap().is_some());
    let again = end_access(app, &mona, ada, one.session.raw(), "").await;
    assert_eq!(again, Err(ModerationError::NotFound));
    assert_eq!(end_all_access(app, &mona, ada, "stolen").await, Ok(2));
    assert!(sessions::check_access(app, &two.access_token).await.unwrap().is_none());
    assert!(apps::check_token(app, &token).await.unwrap().is_none());
    assert!(doors(app, ada).await.unwrap().is_empty());
    let peer = end_all_access(app, &mona, mora.account.unwrap(), "").await;
    assert_eq!(peer, Err(ModerationError::Above));
    assert_eq!(audit::verify(app).await.unwrap().entries, 2);
}

#[tokio::test]
async fn notes_are_deleted_by_who_wrote_them_and_go_with_the_account() {
    let world = World::new().await;
    let app = &world.app;
    let (mona, mora) = (moderator(&world, "mona").await, moderator(&world, "mora").await);
    let ada = world.person("ada").await;
    assert_eq!(add_note(app, &mona, ada, " ").await.unwrap_err(), ModerationError::Text);
    let note = add_note(app, &mona, ada, "Third time.").await.unwrap();
    add_note(app, &mora, ada, "Spoke with her.").await.unwrap();
    let theirs = delete_note(app, &mora, ada, note.id).await;
    assert_eq!(theirs, Err(ModerationError::NotAllowed));
    delete_note(app, &mona, ada, note.id).await.unwrap();
    let left = notes(app, ada).await.unwrap();
    assert_eq!(left.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["Spoke with her."]);
    let id = left[0].id;
    crate::accounts::delete_account(app, ada, PASSWORD).await.unwrap();
    world.settle().await;
    assert!(app.graph.get(id).await.unwrap().is_none());
}

#[tokio::test]
async fn an_export_has_what_the_person_gave_and_no_secret_and_leaves_a_trace() {
    let world = World::new().await;
    let app = &world.app;
    let mona = moderator(&world, "mona").await;
    let ada = world.person("ada").await;
    world.post(ada, "my own words").await;
    add_note(app, &mona, ada, "of staff").await.unwrap();
    assert_eq!(export(app, &mona, ada, " ").await.unwrap_err(), ModerationError::Text);
    let all = export(app, &mona, ada, "asked by letter").await.unwrap().to_string();
    assert!(all.contains("my own words") && all.contains("ada@example.org"));
    assert!(!all.contains("argon2") && !all.contains("of staff"));
    let page = graph::Page::newest(1);
    let (log, _) = audit::entries(app, audit::Filter::default(), page).await.unwrap();
    assert_eq!((log[0].act.as_str(), log[0].reason.as_str()), ("export_person", "asked by letter"));
}
