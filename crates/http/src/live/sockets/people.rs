//! Who is here, as events.

use std::collections::HashSet;

use graph::Id;
use serde_json::{Value, json};
use social::{
    accounts::model::Account,
    live::{self, MOST_ASKED},
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
        let gone: Vec<_> = self.people.difference(&wanted).copied().collect();
        let new: Vec<_> = wanted.difference(&self.people).copied().collect();
        for who in gone {
            here.unwatch(who);
            self.session.ignore(&topic(who));
            self.people.remove(&who);
        }
        // First the ear, then the look: what changes in between is told.
        for who in &new {
            self.session.listen(topic(*who));
        }
        let found = live::presence(self.app(), &new).await;
        let told = found.as_deref().unwrap_or_default();
        for (index, who) in new.into_iter().enumerate() {
            here.watch(who, told.get(index).is_some_and(|found| found.online));
            self.people.insert(who);
        }
        found?;
        let wanted: Vec<_> = wanted.into_iter().collect();
        let shown = live::shown_presence(self.app(), self.me(), &wanted).await?;
        Ok(shown.into_iter().map(|(who, presence)| json!(presence_view(who, presence))).collect())
    }

    /// Tells that somebody came or went, if one may know.
    pub async fn tell_presence(&mut self, who: Id<Account>) -> Result<(), Problem> {
        if self.people.contains(&who) {
            for (who, presence) in live::shown_presence(self.app(), self.me(), &[who]).await? {
                let body = json!(presence_view(who, presence)).to_string();
                self.emit("presence", &body);
            }
        }
        Ok(())
    }

    /// Tells what somebody's presence is to one now that a block between the two begins or ends: by a block they are away.
    pub async fn tell_apart(&mut self, who: Id<Account>) -> Result<(), Problem> {
        if self.people.contains(&who) {
            let shown = live::shown_presence(self.app(), self.me(), &[who]).await?;
            let presence =
                shown.into_iter().next().map_or_else(live::Presence::default, |one| one.1);
            self.emit("presence", &json!(presence_view(who, presence)).to_string());
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
