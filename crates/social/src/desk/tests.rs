use std::time::Duration;

use engine::queue::{Lane, Queue};

use super::*;
use crate::{media, testing::World};

/// So many jobs that were given up.
async fn bury(world: &World, kind: &str, number: usize) {
    let now = world.app.now_ms();
    for at in 0..number {
        let job = NewJob {
            key: format!("{kind}:{at}"),
            kind: kind.to_owned(),
            body: "{}".into(),
            run_at_ms: now,
            priority: 0,
        };
        world.queue.push(vec![job]).await.unwrap();
        let lease = Duration::from_secs(60);
        let taken = world.queue.take(Lane::Any, 1, now, lease).await.unwrap().remove(0);
        assert!(world.queue.bury(&taken.job.key, taken.fence, now, "broken").await.unwrap());
    }
}

#[tokio::test]
async fn dead_jobs_are_listed_by_kind_retried_and_dropped_and_the_log_says_so() {
    let world = World::new().await;
    let (app, by) = (&world.app, Powers::operator());
    bury(&world, "mail.send", 3).await;
    bury(&world, "search.index", 2).await;
    let (first, next) = dead(app, Some("mail.send"), None, 2).await.unwrap();
    assert_eq!(first.len(), 2);
    let (second, end) = dead(app, Some("mail.send"), next.as_deref(), 2).await.unwrap();
    assert_eq!((second.len(), end), (1, None));
    let which = Which::Keys(vec!["mail.send:0".to_owned(), "no such".to_owned()]);
    assert_eq!(retry(app, &by, &which, "fixed").await, Ok(1));
    let which = Which::All(Some("mail.send".to_owned()));
    assert_eq!(drop_dead(app, &by, &which, "old").await, Ok(2));
    assert_eq!(depth(app).await.unwrap().0.dead, 2);
    assert_eq!(retry(app, &by, &Which::All(None), "").await, Ok(2));
    assert_eq!(depth(app).await.unwrap().0.dead, 0);
    assert_eq!(audit::verify(app).await.unwrap().entries, 3);
}

#[tokio::test]
async fn a_schedule_tells_its_last_and_next_slot_and_runs_when_staff_say_so() {
    let world = World::new().await;
    let (app, by) = (&world.app, Powers::operator());
    assert!(planned(app).await.unwrap().iter().all(|one| one.last_ms.is_none()));
    world.settle().await;
    let now = app.now_ms();
    for one in planned(app).await.unwrap() {
        assert!(one.last_ms.is_some_and(|last| last <= now) && one.next_ms > now, "{one:?}");
    }
    assert_eq!(run_now(app, &by, "no such", "").await, Err(DeskError::NotFound));
    world.advance(Duration::from_secs(1));
    assert!(media::totals(app).await.unwrap().is_some_and(|one| one.counted_ms == now));
    run_now(app, &by, "media-totals", "asked").await.unwrap();
    world.settle().await;
    assert!(media::totals(app).await.unwrap().is_some_and(|one| one.counted_ms > now));
}
