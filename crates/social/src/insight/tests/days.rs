//! What becomes of what was seen over days: the dashboard, the night, the summary of the week.

use super::*;

#[tokio::test]
async fn the_dashboard_compares_with_the_days_before_and_counts_people_once() {
    let world = World::new().await;
    let (ada, ben, cleo, post) = three(&world).await;
    let app = &world.app;
    // Thursday, the first of January, at noon.
    world.advance(12 * HOUR);
    look(app, ben, &Looks { visited: vec![ada], ..seen(&[post]) }).await.unwrap();
    flush(app).await.unwrap();
    for _ in 0..7 {
        world.advance(DAY);
        for by in [ben, cleo] {
            look(app, by, &seen(&[post])).await.unwrap();
        }
        flush(app).await.unwrap();
    }
    world.follow(cleo, ada).await;
    let week = account_report(app, ada, Span::until_today(app, 7)).await.unwrap();
    assert_eq!(week.now.counts.impressions, Split { followers: 7, others: 7 });
    assert_eq!((week.now.everybody, week.now.reach), (2, Split { followers: 1, others: 1 }));
    assert_eq!((week.now.new_followers, week.followers), (1, 2));
    assert_eq!(week.before.counts.impressions.all(), 1);
    assert_eq!((week.before.everybody, week.before.counts.visits.all()), (1, 1));
    let days: Vec<_> = week.days.iter().map(|day| (day.reach, day.new_followers)).collect();
    assert_eq!(days, [(2, 0), (2, 0), (2, 0), (2, 0), (2, 0), (2, 0), (2, 1)]);
    let followers: Vec<_> = week.days.iter().map(|day| day.followers).collect();
    assert_eq!(followers, [1, 1, 1, 1, 1, 1, 2]);
    let noon: Vec<_> = week.hours.iter().map(|hours| hours[12]).collect();
    assert_eq!(noon, [2; 7]);
    assert_eq!(week.hours.iter().flatten().sum::<u64>(), 14, "and at no other hour");
    assert_eq!(week.best.len(), 1);
    assert_eq!(week.best[0].counts.impressions.all(), 14);
    let month = account_report(app, ada, Span::until_today(app, 28)).await.unwrap();
    assert_eq!((month.now.counts.impressions.all(), month.days.len()), (15, 28));
    assert_eq!(month.hours[3][12], 3, "two Thursdays");
}

#[tokio::test]
async fn the_night_makes_days_of_hours_and_forgets_and_changes_no_sum() {
    let world = World::new().await;
    let (ada, ben, cleo, post) = three(&world).await;
    let app = &world.app;
    world.advance(5 * HOUR);
    look(app, ben, &seen(&[post])).await.unwrap();
    world.advance(HOUR);
    look(app, cleo, &seen(&[post])).await.unwrap();
    flush(app).await.unwrap();
    let before = report(&world, ada, post).await;
    assert_eq!(nightly(app).await.unwrap(), Night::default(), "hours are young");
    world.advance(DAY * (HOURS_KEPT_DAYS as u32 + 1));
    let span = Span::until_today(app, 28);
    let dashboard = account_report(app, ada, span).await.unwrap();
    let night = nightly(app).await.unwrap();
    assert_eq!(night, Night { posts: 1, days: 1, forgotten: 0 });
    assert_eq!(nightly(app).await.unwrap(), Night::default(), "once");
    let day = app.graph.list::<InsightDays>(ada, Page::newest(9)).await.unwrap();
    let day = app.graph.get(day.last().unwrap().to).await.unwrap().unwrap();
    assert!(day.hours.is_empty() && day.rhythm[5] == 1 && day.rhythm[6] == 1);
    let after = account_report(app, ada, span).await.unwrap();
    assert_eq!((after.now, after.hours), (dashboard.now, dashboard.hours));
    let told = report(&world, ada, post).await;
    assert_eq!((told.total, told.everybody), (before.total, before.everybody));
    assert_eq!((told.step, told.points[0].counts), (Step::Day, before.total));
    // Seen again: it has hours again, and the next nights roll them up again.
    look(app, ben, &seen(&[post])).await.unwrap();
    flush(app).await.unwrap();
    world.advance(DAY * (HOURS_KEPT_DAYS as u32 + 1));
    assert_eq!(nightly(app).await.unwrap(), Night { posts: 1, days: 1, forgotten: 0 });
    world.advance(DAY * DAYS_KEPT as u32);
    assert_eq!(nightly(app).await.unwrap().forgotten, 2);
    assert_eq!(nodes_of::<AccountDay>(&world).await, Vec::<String>::new());
    let told = report(&world, ada, post).await;
    assert_eq!(told.total.impressions.all(), 3, "a post keeps its sum");
    assert_eq!(world.store.miscounts().await, Ok(Vec::new()));
}

#[tokio::test]
async fn who_was_seen_has_a_number_of_followers_the_day_after() {
    let world = World::new().await;
    let (ada, ben, cleo, post) = three(&world).await;
    let app = &world.app;
    look(app, ben, &seen(&[post])).await.unwrap();
    flush(app).await.unwrap();
    world.advance(DAY);
    world.follow(cleo, ada).await;
    nightly(app).await.unwrap();
    relations::unfollow(app, cleo, ada).await.unwrap();
    world.advance(DAY);
    nightly(app).await.unwrap();
    let days = account_report(app, ada, Span::until_today(app, 7)).await.unwrap().days;
    let followers: Vec<_> = days.iter().map(|day| day.followers).collect();
    assert_eq!(followers[4..], [1, 2, 1], "what was so then stays so");
    assert_eq!(nodes_of::<AccountDay>(&world).await.len(), 2, "silence makes no more days");
}

/// The Monday after the story's first Thursday, when the week is told.
async fn to_monday(world: &World) {
    world.settle().await;
    world.advance(4 * DAY + 7 * HOUR);
}

fn summaries(world: &World) -> Vec<engine::mail::Mail> {
    world.mails().into_iter().filter(|mail| mail.key.starts_with("summary:")).collect()
}

#[tokio::test]
async fn a_week_is_told_by_mail_once_to_who_was_seen_and_did_not_say_no() {
    let world = World::new().await;
    let (ada, ben, cleo, post) = three(&world).await;
    let app = &world.app;
    let bens = world.post(ben, "rope & <sail>").await.post.id;
    look(app, ben, &seen(&[post])).await.unwrap();
    look(app, cleo, &seen(&[post, bens])).await.unwrap();
    flush(app).await.unwrap();
    want_summary(app, ben, false).await.unwrap();
    assert!(!wants_summary(app, ben).await.unwrap() && wants_summary(app, ada).await.unwrap());
    to_monday(&world).await;
    world.settle().await;
    let mails = summaries(&world);
    assert_eq!(mails.len(), 1, "cleo wrote nothing, ben said no");
    assert_eq!(mails[0].to, "ada@example.org");
    for words in ["on screen 2 times", "reached 2 people", "1 follower now", "the tide is out"] {
        assert!(mails[0].text.contains(words) && mails[0].html.contains(words), "{words}");
    }
    assert!(mails[0].text.contains("/insights") && mails[0].html.contains("<p "));
    // The job runs again, beside itself, and the week after nothing was seen.
    assert_eq!(weekly(app).await.unwrap(), 0);
    want_summary(app, ben, true).await.unwrap();
    assert_eq!(weekly(app).await.unwrap(), 1, "who says yes is told of the same week");
    world.settle().await;
    let mail = summaries(&world).pop().unwrap();
    assert!(mail.html.contains("rope &amp; &lt;sail&gt;"), "{}", mail.html);
    world.advance(7 * DAY);
    world.settle().await;
    assert_eq!(summaries(&world).len(), 2);
}

#[tokio::test]
async fn a_warning_and_hidden_accounts_are_not_told_in_mails() {
    let world = World::new().await;
    let (ada, ben, _, _) = three(&world).await;
    let app = &world.app;
    let draft = Draft {
        text: "the butler did it".to_owned(),
        warning: "the end".to_owned(),
        ..Draft::default()
    };
    let post = world.publish(ada, draft).await.unwrap().post.id;
    look(app, ben, &seen(&[post])).await.unwrap();
    flush(app).await.unwrap();
    to_monday(&world).await;
    world.settle().await;
    let text = &summaries(&world)[0].text;
    assert!(!text.contains("butler") && text.contains("Your most seen post"), "{text}");
    accounts::suspend(app, ada).await.unwrap();
    let mail = summary_mail(app, ada, app.now_ms() / DAY_MS).await.unwrap();
    assert!(mail.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f_21_two_schedulers_make_one_night_and_one_summary() {
    let world = World::new().await;
    let (_, ben, _, post) = three(&world).await;
    look(&world.app, ben, &seen(&[post])).await.unwrap();
    flush(&world.app).await.unwrap();
    to_monday(&world).await;
    let now = world.app.now_ms();
    let ticks: Vec<_> = (2..6)
        .map(|process| {
            let graph = Arc::new(Graph::new(world.store.clone(), CacheSizes::default()));
            let mint = Arc::new(Mint::new(world.app.clock.clone(), process));
            let schedules = jobs::Schedules::new(graph, mint, work::schedules());
            tokio::spawn(async move { schedules.tick(now).await })
        })
        .collect();
    let mut emitted = 0;
    for tick in ticks {
        emitted += tick.await.unwrap().unwrap();
    }
    assert_eq!(emitted, work::schedules().len(), "each slot once");
    world.settle().await;
    assert_eq!(summaries(&world).len(), 1);
    let names: Vec<_> = work::schedules().iter().map(|schedule| schedule.name).collect();
    assert!(names.contains(&"insight-night") && names.contains(&"insight-week"), "{names:?}");
}
