//! Who reads what of a group, against a model that is a few lines: whatever people do, in whatever order, each sees what
//! the model says, and nothing else.

use std::collections::HashSet;

use graph::{Id, Page};
use proptest::prelude::*;

use super::*;
use crate::{accounts::model::Account, relations, testing::World};

/// How many people; the first owns the group.
const PEOPLE: usize = 4;

/// What somebody reads: number, text, whether it is withheld.
type Rows = Vec<(u64, String, bool)>;

/// What somebody does.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Invite(usize),
    Accept(usize),
    Remove(usize),
    Leave(usize),
    Send(usize),
    Delete(usize),
    Block(usize, usize),
    Unblock(usize, usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let other = 1..PEOPLE;
    prop_oneof![
        3 => other.clone().prop_map(Deed::Invite),
        2 => other.clone().prop_map(Deed::Accept),
        2 => other.clone().prop_map(Deed::Remove),
        1 => other.clone().prop_map(Deed::Leave),
        6 => (0..PEOPLE).prop_map(Deed::Send),
        1 => (0..8usize).prop_map(Deed::Delete),
        1 => (0..PEOPLE, other.clone()).prop_map(|(by, step)| Deed::Block(by, (by + step) % PEOPLE)),
        1 => (0..PEOPLE, other).prop_map(|(by, step)| Deed::Unblock(by, (by + step) % PEOPLE)),
    ]
}

/// What somebody is in the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Never,
    Gone,
    /// Asked; and whether they were in it once.
    Asked(bool),
    /// Reads what is newer than this.
    Inside(usize),
}

/// What is known of the group: a person's place, whether they follow the owner, who wrote what, blocks.
#[derive(Debug)]
struct Model {
    places: [Place; PEOPLE],
    follows: [bool; PEOPLE],
    /// By number: who wrote it, and whether it is deleted.
    messages: Vec<(usize, bool)>,
    blocks: HashSet<(usize, usize)>,
}

impl Model {
    fn apart(&self, one: usize, other: usize) -> bool {
        self.blocks.contains(&(one, other)) || self.blocks.contains(&(other, one))
    }

    fn inside(&self, who: usize) -> bool {
        matches!(self.places[who], Place::Inside(_))
    }

    /// What somebody reads: number, text, whether it is withheld.
    fn reads(&self, who: usize) -> Result<Rows, ChatError> {
        let from = match self.places[who] {
            Place::Never => return Err(ChatError::NotFound),
            Place::Gone => return Err(ChatError::NotAllowed),
            Place::Asked(_) => return Err(ChatError::NotAccepted),
            Place::Inside(from) => from,
        };
        let row = |(index, (author, deleted)): (usize, &(usize, bool))| {
            let withheld = self.apart(who, *author);
            let open = !withheld && !deleted;
            (index as u64 + 1, if open { format!("m{index}") } else { String::new() }, withheld)
        };
        Ok(self.messages.iter().enumerate().skip(from).map(row).collect())
    }

    /// What somebody gets who asks for all that they missed, twice over, and the numbers of changed messages.
    fn after_a_gap(&self, who: usize) -> Result<(Rows, Rows, Vec<u64>), ChatError> {
        let reads = self.reads(who)?;
        let deleted = |number: &u64| self.messages[*number as usize - 1].1;
        let mut changed: Vec<u64> = reads.iter().map(|row| row.0).filter(deleted).collect();
        changed.sort_unstable();
        Ok((reads.clone(), reads, changed))
    }

    /// Does what a deed does, and says whether it succeeds.
    fn apply(&mut self, deed: Deed) -> bool {
        let last = self.messages.len();
        match deed {
            Deed::Invite(who) => {
                if self.inside(who) || matches!(self.places[who], Place::Asked(_)) {
                    return true;
                }
                let open = !self.apart(0, who);
                if open && self.follows[who] {
                    self.places[who] = Place::Inside(last);
                } else if open {
                    self.places[who] = Place::Asked(self.places[who] == Place::Gone);
                }
                open
            }
            Deed::Accept(who) => {
                let asked = matches!(self.places[who], Place::Asked(_));
                if asked {
                    self.places[who] = Place::Inside(last);
                }
                asked
            }
            Deed::Remove(who) => match self.places[who] {
                Place::Inside(_) | Place::Asked(true) => {
                    self.places[who] = Place::Gone;
                    true
                }
                Place::Asked(false) => {
                    self.places[who] = Place::Never;
                    true
                }
                Place::Never | Place::Gone => false,
            },
            Deed::Leave(who) => {
                let inside = self.inside(who);
                if inside {
                    self.places[who] = Place::Gone;
                }
                inside
            }
            Deed::Send(who) => {
                let inside = self.inside(who);
                if inside {
                    self.messages.push((who, false));
                }
                inside
            }
            Deed::Delete(index) => match self.messages.get(index).copied() {
                // The owner deletes.
                Some((_, false)) => {
                    self.messages[index].1 = true;
                    true
                }
                Some((_, true)) | None => false,
            },
            Deed::Block(by, whom) => {
                self.blocks.insert((by, whom));
                // A block ends follows both ways.
                for who in [by, whom].into_iter().filter(|_| by == 0 || whom == 0) {
                    self.follows[who] = false;
                }
                true
            }
            Deed::Unblock(by, whom) => {
                self.blocks.remove(&(by, whom));
                true
            }
        }
    }
}

async fn live(world: World, deeds: Vec<Deed>) {
    let app = &world.app;
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        people.push(world.person(&format!("p{number}")).await);
    }
    for who in &people[1..] {
        world.follow(*who, people[0]).await;
    }
    let chat = open_group(app, people[0], "Harbour", &[]).await.unwrap().chat.id;
    let mut sent = Vec::new();
    let mut model = Model {
        places: [Place::Inside(0), Place::Never, Place::Never, Place::Never],
        follows: [true; PEOPLE],
        messages: Vec::new(),
        blocks: HashSet::new(),
    };
    for deed in deeds {
        let done = match deed {
            Deed::Invite(who) => invite(app, people[0], chat, &[people[who]]).await.is_ok(),
            Deed::Accept(who) => accept(app, people[who], chat).await.is_ok(),
            Deed::Remove(who) => remove(app, people[0], chat, people[who]).await.is_ok(),
            Deed::Leave(who) => leave(app, people[who], chat).await.is_ok(),
            Deed::Send(who) => {
                let name = format!("m{}", sent.len());
                let new =
                    NewMessage { text: name.clone(), client_id: name, ..NewMessage::default() };
                let answer = send(app, people[who], chat, new).await;
                sent.extend(answer.as_ref().ok().map(|message| message.id));
                answer.is_ok()
            }
            Deed::Delete(index) => match sent.get(index) {
                Some(id) => delete_message(app, people[0], chat, *id).await.is_ok(),
                None => false,
            },
            Deed::Block(by, whom) => relations::block(app, people[by], people[whom]).await.is_ok(),
            Deed::Unblock(by, whom) => {
                relations::unblock(app, people[by], people[whom]).await.is_ok()
            }
        };
        assert_eq!(done, model.apply(deed), "{deed:?}: {model:?}");
        world.settle().await;
        for (index, who) in people.iter().enumerate() {
            let open = model.reads(index).unwrap_or_default();
            let mut open: Vec<_> = open.into_iter().map(|row| row.1).collect();
            open.retain(|text| !text.is_empty());
            open.reverse();
            assert_eq!(finds(app, *who).await, open, "what {index} finds: {model:?}");
            assert_eq!(reads(app, *who, chat).await, model.reads(index), "{index}: {model:?}");
            let live = after_a_gap(app, *who, chat).await;
            assert_eq!(live, model.after_a_gap(index), "{index} after a gap: {model:?}");
            let page = Page::newest(9);
            let listed =
                chats(app, *who, page).await.unwrap().into_iter().any(|row| row.1.is_some());
            assert_eq!(listed, model.inside(index), "the list of {index}: {model:?}");
            let mine = model.reads(index).unwrap_or_default();
            for (number, id) in (1..).zip(&sent) {
                let single = message(app, *who, chat, *id).await.is_ok();
                assert_eq!(single, mine.iter().any(|row| row.0 == number), "{index} of {number}");
                let shown = mine.iter().any(|row| row.0 == number && !row.1.is_empty());
                let file = may_read(app, *who, *id).await.unwrap();
                assert_eq!(file, shown, "what {index} gets of the media of {number}: {model:?}");
            }
        }
    }
}

/// What somebody finds in their chats, the newest first: every message has a word that begins so.
async fn finds(app: &crate::app::App, who: Id<Account>) -> Vec<String> {
    let hits = search(app, who, "m", None, None, MOST_SHOWN).await.unwrap();
    hits.messages.iter().map(|one| one.message.text.clone()).collect()
}

/// What a socket tells, new and after a gap.
async fn after_a_gap(
    app: &crate::app::App,
    who: Id<Account>,
    chat: Id<model::Chat>,
) -> Result<(Rows, Rows, Vec<u64>), ChatError> {
    let told = fresh_since(app, who, chat, 0, u64::MAX, 0).await?;
    let new = missed(app, who, chat, 0, 0).await?.unwrap_or_default();
    assert!(new.changed.is_empty(), "what is new comes as it is now");
    let old = missed(app, who, chat, u64::MAX, 0).await?.unwrap_or_default();
    let mut changed: Vec<u64> = old.changed.iter().map(|(_, one)| one.message.number).collect();
    changed.sort_unstable();
    Ok((rows(&told), rows(&new.messages), changed))
}

async fn reads(
    app: &crate::app::App,
    who: Id<Account>,
    chat: Id<model::Chat>,
) -> Result<Rows, ChatError> {
    let (_, shown) = history(app, who, chat, super::Place::Newest, MOST_SHOWN).await?;
    Ok(rows(&shown))
}

fn rows(shown: &[Shown]) -> Rows {
    let text = |one: &Shown| match one.withheld {
        true => String::new(),
        false => one.message.text.clone(),
    };
    shown.iter().map(|one| (one.message.number, text(one), one.withheld)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn z_17_whatever_happens_each_reads_of_a_group_what_the_model_says(
        deeds in prop::collection::vec(deed(), 1..40),
        cached in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let world = if cached { World::new().await } else { World::uncached().await };
            live(world, deeds).await;
        });
    }
}
