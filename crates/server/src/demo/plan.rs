//! When everything happens: joins and follows first, then six weeks of talk, with likes and shares in between.
//!
//! The plan is made from the script alone by a hash, so that the same town comes out each time.

use social::posts::model::Audience;

use super::script::{Person, Script};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// How long people have talked.
const TALK: u64 = 42 * DAY;
/// How long before that they began to join.
const JOINING: u64 = 3 * DAY;

/// Something that somebody does; numbers are places among the people and the posts of the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Signs up and fills in the profile.
    Join(usize),
    /// One follows another, or asks to.
    Follow(usize, usize),
    /// A locked account lets a follower in: whom, by whom.
    Accept(usize, usize),
    /// Says it.
    Say(usize),
    /// Pins it.
    Pin(usize),
    /// Says it better.
    Edit(usize),
    /// Likes it.
    Like(usize, usize),
    /// Shares it.
    Share(usize, usize),
    /// Keeps it.
    Bookmark(usize, usize),
}

/// Everything that happens until `now_ms`, in order.
pub fn plan(script: &Script, now_ms: u64) -> Vec<(u64, Act)> {
    let start = now_ms - TALK;
    let mut acts = Vec::new();
    let people = script.people.len();
    for person in 0..people {
        acts.push((
            start - JOINING + JOINING / 2 * person as u64 / people as u64,
            Act::Join(person),
        ));
    }
    let mut followers = vec![Vec::new(); people];
    for by in 0..people {
        for (whom, theirs) in followers.iter_mut().enumerate() {
            if by == whom || !knows(&script.people[by], &script.people[whom]) {
                continue;
            }
            let at = start - JOINING / 2
                + chance(&["when", &by.to_string(), &whom.to_string()], JOINING / 3);
            acts.push((at, Act::Follow(by, whom)));
            if !script.people[whom].locked {
                theirs.push(by);
            } else if chance(&["let in", &by.to_string(), &whom.to_string()], 4) > 0 {
                theirs.push(by);
                acts.push((at + HOUR, Act::Accept(whom, by)));
            }
        }
    }
    let times = times(script, start, now_ms);
    for (number, post) in script.posts.iter().enumerate() {
        let said = times[number];
        acts.push((said, Act::Say(number)));
        if post.pinned {
            acts.push((said + MINUTE, Act::Pin(number)));
        }
        if post.edited.is_some() {
            acts.push((said + 20 * MINUTE, Act::Edit(number)));
        }
        if post.audience == Audience::Public {
            react(script, number, said, &followers[post.by], &mut acts);
        }
    }
    for (at, _) in &mut acts {
        *at = (*at).min(now_ms);
    }
    // Stable: what is pushed later happens later in the same moment.
    acts.sort_by_key(|(at, _)| *at);
    acts
}

fn react(
    script: &Script,
    number: usize,
    said: u64,
    followers: &[usize],
    acts: &mut Vec<(u64, Act)>,
) {
    let post = &script.posts[number];
    let shown = !post.photos.is_empty() || post.video.is_some();
    let (like, share) = match (post.parent.is_some(), shown) {
        (false, true) => (55, 7),
        (false, false) => (30, 3),
        (true, true) => (35, 2),
        (true, false) => (9, 0),
    };
    for by in followers.iter().copied().filter(|by| *by != post.by) {
        if script.people[by].bot {
            continue;
        }
        let name = format!("{}:{}", post.place, script.people[by].handle);
        let later = |why: &str| said + 2 * MINUTE + chance(&[why, &name, "at"], 9 * HOUR);
        if chance(&["like", &name], 100) < like {
            acts.push((later("like"), Act::Like(by, number)));
        }
        if chance(&["share", &name], 100) < share {
            acts.push((later("share"), Act::Share(by, number)));
        }
        if post.parent.is_none() && chance(&["keep", &name], 100) < 3 {
            acts.push((later("keep"), Act::Bookmark(by, number)));
        }
    }
}

/// When each post is said. The conversations of a scene spread over the weeks, answers come soon.
fn times(script: &Script, start: u64, now_ms: u64) -> Vec<u64> {
    let scenes = script.posts.iter().map(|post| post.scene + 1).max().unwrap_or(0);
    let mut talks = vec![0_u64; scenes];
    for post in script.posts.iter().filter(|post| post.parent.is_none()) {
        talks[post.scene] += 1;
    }
    let mut begun = vec![0_u64; scenes];
    let mut times: Vec<u64> = Vec::with_capacity(script.posts.len());
    for (number, post) in script.posts.iter().enumerate() {
        let at = match post.parent {
            Some(parent) => {
                // An answer also comes after the answers that stand above it.
                let above = if number == parent + 1 { times[parent] } else { times[number - 1] };
                let since = above.max(times[parent]);
                since + MINUTE + chance(&["answer", &post.place], 24 * MINUTE)
            }
            None => {
                let slot = TALK / talks[post.scene];
                let at = start + slot * begun[post.scene] + slot / 3;
                begun[post.scene] += 1;
                at + chance(&["talk", &post.place], slot / 3 * 2 - slot / 12)
            }
        };
        times.push(post.ago.map_or(at, |minutes| now_ms - minutes * MINUTE).min(now_ms));
    }
    times
}

/// Whether somebody follows somebody: those of one's circles mostly, of others now and then, and the owner nearly always.
fn knows(by: &Person, whom: &Person) -> bool {
    let shared = by.circles.iter().filter(|circle| whom.circles.contains(circle)).count();
    let likely = match shared {
        _ if by.bot => 0,
        _ if whom.owner || by.owner => 85,
        0 => 12,
        1 => 70,
        _ => 92,
    };
    chance(&["knows", &by.handle, &whom.handle], 100) < likely
}

/// A number below `bound` that is always the same for the same words (FNV-1a).
fn chance(words: &[&str], bound: u64) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    let mixed = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The low bits of FNV are weak.
    ((mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 32) % bound.max(1)
}
