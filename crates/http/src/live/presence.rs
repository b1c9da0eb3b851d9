//! Who is here, on this process: whose sockets are open and looked at, and whom those look for.
//!
//! One task per process says of all its people that they are here, and looks who of the watched still is, so that a crash of
//! another process shows without anybody saying so. What is true is in the cache (`social::live`); what lies here only says
//! who is told that something changed.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use engine::bus::Message;
use graph::Id;
use parking_lot::Mutex;
use serde::Deserialize;
use social::{
    accounts::model::Account,
    app::App,
    live::{self, BEAT},
};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};

use super::hub::Ears;

/// How many people one question to the cache is about.
const AT_ONCE: usize = 250;
/// How many words about people wait; what does not fit is seen by the next look.
const WORDS: usize = 1_024;

/// Who is here on this process, and whom somebody here watches.
#[derive(Default)]
pub struct Here {
    table: Mutex<Table>,
    words: Mutex<Option<mpsc::Sender<Word>>>,
}

#[derive(Default)]
struct Table {
    /// How many active connections.
    active: HashMap<Id<Account>, usize>,
    /// How many watch, and what they were told last.
    watched: HashMap<Id<Account>, (usize, bool)>,
}

/// Something about a person.
enum Word {
    Came(Id<Account>),
    Went(Id<Account>),
    Heard(Id<Account>, bool),
    /// They are shown to others than before.
    Shown(Id<Account>),
}

#[derive(Deserialize)]
struct Nudge {
    kind: String,
    id: Id<Account>,
}

impl Here {
    /// Starts the task that says who is here, once.
    pub(super) fn start(self: &Arc<Self>, app: &Weak<App>, ears: &Ears) {
        let mut words = self.words.lock();
        if words.as_ref().is_some_and(|words| !words.is_closed()) || app.strong_count() == 0 {
            return;
        }
        let (sender, receiver) = mpsc::channel(WORDS);
        *words = Some(sender);
        tokio::spawn(run(Arc::downgrade(self), app.clone(), ears.clone(), receiver));
    }

    /// A connection of somebody is looked at.
    pub fn enter(&self, who: Id<Account>) {
        let mut table = self.table.lock();
        let open = table.active.entry(who).or_default();
        *open += 1;
        if *open == 1 {
            self.say(Word::Came(who));
        }
    }

    /// It is looked at no more.
    pub fn exit(&self, who: Id<Account>) {
        let mut table = self.table.lock();
        let Some(open) = table.active.get_mut(&who) else { return };
        *open -= 1;
        if *open == 0 {
            table.active.remove(&who);
            self.say(Word::Went(who));
        }
    }

    /// Somebody looks whether a person is here, and was told so.
    pub fn watch(&self, who: Id<Account>, online: bool) {
        self.table.lock().watched.entry(who).or_insert((0, online)).0 += 1;
    }

    /// Looks no more.
    pub fn unwatch(&self, who: Id<Account>) {
        let mut table = self.table.lock();
        let Some((watching, _)) = table.watched.get_mut(&who) else { return };
        *watching -= 1;
        if *watching == 0 {
            table.watched.remove(&who);
        }
    }

    /// Another process, or this one, says that somebody came or went.
    pub(super) fn hear(&self, message: &Message) {
        if let Ok(nudge) = serde_json::from_slice::<Nudge>(&message.body) {
            self.say(match nudge.kind.as_str() {
                "shown" => Word::Shown(nudge.id),
                kind => Word::Heard(nudge.id, kind == "gone"),
            });
        }
    }

    fn say(&self, word: Word) {
        if let Some(words) = &*self.words.lock() {
            let _ = words.try_send(word);
        }
    }

    fn active(&self) -> Vec<Id<Account>> {
        self.table.lock().active.keys().copied().collect()
    }

    fn is_active(&self, who: Id<Account>) -> bool {
        self.table.lock().active.contains_key(&who)
    }

    fn watched(&self) -> Vec<Id<Account>> {
        self.table.lock().watched.keys().copied().collect()
    }

    /// Notes what the watched are; those who are another thing than before.
    fn changed(&self, people: &[Id<Account>], found: &[live::Presence]) -> Vec<Id<Account>> {
        let mut table = self.table.lock();
        let mut changed = Vec::new();
        for (who, found) in people.iter().zip(found) {
            if let Some((_, told)) = table.watched.get_mut(who)
                && *told != found.online
            {
                *told = found.online;
                changed.push(*who);
            }
        }
        changed
    }
}

/// Ends with the hub or the product.
async fn run(here: Weak<Here>, app: Weak<App>, ears: Ears, mut words: mpsc::Receiver<Word>) {
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let word = tokio::select! {
            word = words.recv() => match word {
                Some(word) => Some(word),
                None => return,
            },
            _ = beats.tick() => None,
        };
        let (Some(here), Some(app)) = (here.upgrade(), app.upgrade()) else { return };
        let done = match word {
            None => beat(&here, &app, &ears).await,
            Some(word) => follow(&here, &app, &ears, word).await,
        };
        if let Err(error) = done {
            tracing::warn!("who is here is not current: {error}");
        }
    }
}

async fn beat(here: &Here, app: &App, ears: &Ears) -> Result<(), social::fault::Fault> {
    for people in here.active().chunks(AT_ONCE) {
        live::beat(app, people).await?;
    }
    for people in here.watched().chunks(AT_ONCE) {
        look(here, app, ears, people).await?;
    }
    Ok(())
}

async fn look(
    here: &Here,
    app: &App,
    ears: &Ears,
    people: &[Id<Account>],
) -> Result<(), social::fault::Fault> {
    let found = live::presence(app, people).await?;
    for who in here.changed(people, &found) {
        tell(ears, who);
    }
    Ok(())
}

fn tell(ears: &Ears, who: Id<Account>) {
    let body = who.to_string().into();
    ears.tell(&Message { topic: topic(who), body });
}

async fn follow(
    here: &Here,
    app: &App,
    ears: &Ears,
    word: Word,
) -> Result<(), social::fault::Fault> {
    match word {
        Word::Came(who) if here.is_active(who) => {
            live::beat(app, &[who]).await?;
            live::tell_presence(app, who, "came").await;
        }
        Word::Went(who) if !here.is_active(who) => {
            live::beat(app, &[who]).await?;
            live::leave(app, who).await?;
        }
        // They are still here: another of their devices is.
        Word::Heard(who, true) if here.is_active(who) => {
            live::beat(app, &[who]).await?;
            live::tell_presence(app, who, "came").await;
        }
        Word::Shown(who) => tell(ears, who),
        Word::Heard(who, _) => look(here, app, ears, &[who]).await?,
        // It is over already.
        Word::Came(_) | Word::Went(_) => {}
    }
    Ok(())
}

/// Where those listen who watch a person.
pub fn topic(who: Id<Account>) -> String {
    format!("live:seen:{who}")
}
