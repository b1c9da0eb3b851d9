//! Who is here, as events.

use std::collections::{HashMap, HashSet};

use graph::Id;
use serde_json::{Value, json};
use social::{
    accounts::model::Account,
    live::{self, MOST_ASKED, Presence},
};

use super::task::Live;
use crate::{live::presence::topic, problem::Problem, views::presence_view};

impl Live {
    /// Shows of these people and no others whether they are here, and says what they are now.
    pub async fn watch_people(&mut self, ids: &[Id<Account>]) -> Result<Vec<Value>, Problem> {
        if ids.len() > MOST_ASKED {
            let most = format!("takes at most {MOST_ASKED}");
            return Err(Problem::field("account_ids", &most));
        }
        let wanted: HashSet<_> = ids.iter().copied().collect();
        let here = self.session.site.hub.here.clone();
        let gone: Vec<_> =
            self.people.keys().filter(|who| !wanted.contains(who)).copied().collect();
        let new: Vec<_> =
            wanted.iter().filter(|who| !self.people.contains_key(who)).copied().collect();
        for who in gone {
            here.unwatch(who);
            self.session.ignore(&topic(who));
            self.people.remove(&who);
        }
        // What one shows oneself decides what one sees.
        let own = topic(self.me());
        match (self.hears_own, !wanted.is_empty()) {
            (false, true) => self.session.listen(own),
            (true, false) => self.session.ignore(&own),
            (false, false) | (true, true) => {}
        }
        self.hears_own = !wanted.is_empty();
        // First the ear, then the look: what changes in between is told.
        for who in &new {
            self.session.listen(topic(*who));
        }
        let found = live::presence(self.app(), &new).await;
        let told = found.as_deref().unwrap_or_default();
        for (index, who) in new.into_iter().enumerate() {
            here.watch(who, told.get(index).is_some_and(|found| found.online));
            self.people.insert(who, None);
        }
        found?;
        let wanted: Vec<_> = wanted.into_iter().collect();
        let shown = live::shown_presence(self.app(), self.me(), &wanted).await?;
        self.people.values_mut().for_each(|told| *told = None);
        self.people.extend(shown.iter().map(|(who, presence)| (*who, Some(*presence))));
        Ok(shown.into_iter().map(|(who, presence)| json!(presence_view(who, presence))).collect())
    }

    /// Tells that somebody came or went, if one may know, and of whom one may know nothing any more that nothing is known.
    pub async fn tell_presence(&mut self, who: Id<Account>) -> Result<(), Problem> {
        let own = who == self.me();
        let asked: Vec<_> =
            self.people.keys().filter(|each| own || **each == who).copied().collect();
        if asked.is_empty() {
            return Ok(());
        }
        let shown = live::shown_presence(self.app(), self.me(), &asked).await?;
        let shown: HashMap<_, _> = shown.into_iter().collect();
        for each in asked {
            let now = shown.get(&each).copied();
            // A look that finds the same tells nothing: not even that somebody shows themselves to others than before.
            let told = self.people.insert(each, now).flatten();
            if told.map(still) != now.map(still) {
                let presence = now.unwrap_or_default();
                self.emit("presence", &json!(presence_view(each, presence)).to_string());
            }
        }
        Ok(())
    }

    /// Whether somebody looks at a tab.
    pub fn set_active(&mut self, active: bool) {
        let here = &self.session.site.hub.here;
        match (self.active, active) {
            (false, true) => here.enter(self.me()),
            (true, false) => here.exit(self.me()),
            (false, false) | (true, true) => {}
        }
        self.active = active;
    }
}

/// What of somebody's presence stays while they do: who is here was seen last all the time.
fn still(presence: Presence) -> (bool, Option<u64>) {
    (presence.online, presence.last_seen_ms.filter(|_| !presence.online))
}
