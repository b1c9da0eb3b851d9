//! Errors become groups.

use std::time::Duration;

use super::*;
use crate::testing::World;

fn error(world: &World, title: &str) -> Occurrence {
    Occurrence {
        source: Source::Client,
        title: title.to_owned(),
        place: "/home".to_owned(),
        detail: "at f (index.js:1)".to_owned(),
        version: "1.0".to_owned(),
        request: "r".to_owned(),
        trace: String::new(),
        at_ms: world.app.now_ms(),
    }
}

async fn kept(world: &World, pot: &Pot) -> Vec<Arc<Stored<ErrorGroup>>> {
    keep(&world.app, pot).await.unwrap();
    list(&world.app, 1_000).await.unwrap()
}

#[tokio::test]
async fn errors_that_differ_in_numbers_are_one_group_and_a_storm_is_one_write() {
    let (world, pot) = (World::new().await, Pot::default());
    for number in 0..1_000 {
        pot.note(error(&world, &format!("row {number} is missing")));
    }
    let groups = kept(&world, &pot).await;
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].count, groups[0].version), (1_000, 1));
    world.advance(Duration::from_secs(60));
    pot.note(Occurrence { version: "1.1".to_owned(), ..error(&world, "row 7 is missing") });
    pot.note(error(&world, "something else"));
    let groups = kept(&world, &pot).await;
    let row = groups.iter().find(|group| group.count == 1_001).expect("the same group");
    assert_eq!((row.first_version.as_str(), row.last_version.as_str()), ("1.0", "1.1"));
    assert_eq!(row.last_ms - row.first_ms, 60_000);
    assert_eq!(groups.len(), 2);
}

#[tokio::test]
async fn one_that_was_resolved_and_comes_back_is_open_again() {
    let (world, pot) = (World::new().await, Pot::default());
    pot.note(error(&world, "broken"));
    let id = kept(&world, &pot).await[0].id;
    world.advance(Duration::from_secs(1));
    assert!(resolve(&world.app, id).await.unwrap());
    assert!(find(&world.app, id).await.unwrap().unwrap().resolved_ms.is_some());
    world.advance(Duration::from_secs(1));
    pot.note(error(&world, "broken"));
    let back = kept(&world, &pot).await;
    assert_eq!((back[0].resolved_ms, back[0].reopened, back[0].count), (None, 1, 2));
    assert!(!resolve(&world.app, Id::new(7).unwrap()).await.unwrap(), "there is no such group");
}

#[tokio::test]
async fn groups_have_a_bound_and_the_oldest_go() {
    let (world, pot) = (World::new().await, Pot::default());
    let word = |number: u64| -> String {
        number.to_string().chars().map(|digit| (b'a' + digit as u8 - b'0') as char).collect()
    };
    for number in 0..GROUPS + 30 {
        pot.note(error(&world, &word(number)));
        if number % 50 == 0 {
            kept(&world, &pot).await;
        }
    }
    let groups = kept(&world, &pot).await;
    assert_eq!(groups.len() as u64, GROUPS);
    assert!(groups.iter().all(|group| group.title != word(0)), "the first is forgotten");
    assert!(groups.iter().any(|group| group.title == word(GROUPS + 29)));
    // What was forgotten may come back.
    pot.note(error(&world, &word(0)));
    assert!(kept(&world, &pot).await.iter().any(|group| group.title == word(0)));
}

#[tokio::test]
async fn more_kinds_of_errors_than_there_is_room_for_cost_no_memory() {
    let (world, pot) = (World::new().await, Pot::default());
    for number in 0..1_000_u32 {
        let letters = number.to_string().replace(|c: char| c.is_ascii_digit(), "x");
        pot.note(error(&world, &format!("{letters}{}", "é".repeat(number as usize))));
    }
    let groups = kept(&world, &pot).await;
    assert!(groups.len() <= 100, "{}", groups.len());
    assert!(groups.iter().all(|group| group.title.chars().count() <= 300));
}
