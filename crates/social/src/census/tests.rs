use std::time::Duration;

use super::{model::Span, *};
use crate::{
    accounts::{self, model::Account},
    app::App,
    moderation::{self, NewReport, model::Category},
    reactions,
    testing::{PASSWORD, START_MS, World},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn today(app: &App) -> model::Period {
    period(app, Span::day_of(app.now_ms())).await.unwrap()
}

fn here(world: &World, who: graph::Id<Account>) {
    world.app.census.here(who, world.app.now_ms());
}

#[test]
fn days_and_months_know_when_they_begin_and_which_holds_a_moment() {
    let leap = START_MS + 789 * 24 * 3_600_000; // 2028-02-29.
    assert_eq!(Span::day_of(leap).starts_ms(), leap);
    assert_eq!(Span::month_of(leap), Span::Month(2028 * 12 + 1));
    assert_eq!(Span::month_of(leap).starts_ms(), leap - 28 * 24 * 3_600_000);
    assert_eq!(Span::month_of(START_MS), Span::month_of(START_MS - 1).on(1));
    assert_eq!(Span::month_of(START_MS).starts_ms(), START_MS);
    assert_eq!(Span::month_of(0).starts_ms(), 0);
    assert_ne!(Span::Day(1).id(), Span::Month(1).id());
}

#[tokio::test]
async fn somebody_is_counted_once_a_day_and_once_a_month_however_often_they_come() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    for _ in 0..3 {
        here(&world, ada);
        keep(app).await.unwrap();
    }
    here(&world, ben);
    app.census.forget();
    here(&world, ada);
    keep(app).await.unwrap();
    assert_eq!((today(app).await.people, today(app).await.counts.sign_ups), (2, 2));
    world.advance(DAY);
    here(&world, ada);
    keep(app).await.unwrap();
    assert_eq!(today(app).await.people, 1);
    let month = period(app, Span::month_of(app.now_ms())).await.unwrap();
    assert_eq!((month.people, month.counts.sign_ups), (2, 2));
    assert_eq!(last_here(app, &[ada, ben]).await.unwrap().iter().flatten().count(), 2);
}

#[tokio::test]
async fn what_people_do_is_counted_by_the_day_and_no_request_writes() {
    let world = World::new().await;
    let app = &world.app;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let post = world.post(ada, "hello").await.post.id;
    reactions::like(app, ben, post).await.unwrap();
    reactions::like(app, ben, post).await.unwrap();
    reactions::share(app, ben, post, None, None).await.unwrap();
    let draft = crate::posts::Draft {
        text: "hi".to_owned(),
        reply_to: Some(post),
        ..crate::posts::Draft::default()
    };
    world.publish(ben, draft).await.unwrap();
    let report = NewReport {
        about: ada,
        posts: vec![post],
        messages: None,
        category: Category::Spam,
        rules: Vec::new(),
        comment: String::new(),
    };
    moderation::report(app, ben, report).await.unwrap();
    assert_eq!(today(app).await, model::Period::default());
    keep(app).await.unwrap();
    keep(app).await.unwrap();
    let counts = today(app).await.counts;
    assert_eq!((counts.sign_ups, counts.posts, counts.interactions), (2, 2, 3));
    assert_eq!((counts.reported, counts.decided), (1, 0));
}

#[tokio::test]
async fn cohorts_say_who_came_back() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    world.person("ben").await;
    here(&world, ada);
    keep(app).await.unwrap();
    world.advance(DAY);
    let cleo = world.person("cleo").await;
    here(&world, ada);
    here(&world, cleo);
    keep(app).await.unwrap();
    let found = cohorts(app, Span::day_of(app.now_ms()), 2).await.unwrap();
    let first = Span::day_of(START_MS);
    assert_eq!(
        found,
        [
            Cohort { joined: first, people: 2, here: vec![(first, 1), (first.on(1), 1)] },
            Cohort { joined: first.on(1), people: 1, here: vec![(first.on(1), 1)] },
        ]
    );
}

#[tokio::test]
async fn who_was_here_when_is_forgotten_after_two_days_and_the_figures_stay() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    here(&world, ada);
    keep(app).await.unwrap();
    assert_eq!(sweep(app).await.unwrap(), 0);
    world.advance(DAY * 2);
    assert_eq!(sweep(app).await.unwrap(), 1);
    world.advance(DAY * 31);
    assert_eq!(sweep(app).await.unwrap(), 1);
    assert_eq!(period(app, Span::day_of(START_MS)).await.unwrap().people, 1);
}

#[tokio::test]
async fn a_purge_leaves_nothing_of_when_somebody_was_here() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    here(&world, ada);
    keep(app).await.unwrap();
    accounts::delete_account(app, ada, PASSWORD).await.unwrap();
    world.settle().await;
    let gone = graph::Page::newest(10);
    let day = Span::day_of(START_MS).id();
    assert!(app.graph.list::<model::PeopleHere>(day, gone).await.unwrap().is_empty());
    assert_eq!(last_here(app, &[ada]).await.unwrap(), [None]);
}
