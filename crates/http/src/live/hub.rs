//! The hub: one ear on the bus per process, and who of the process's connections listens to what.

use std::{
    collections::HashMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use engine::bus::{BusError, Delivery, Message};
use graph::Id;
use parking_lot::Mutex;
use serde::Deserialize;
use social::{accounts::model::Account, timelines::HOMES};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::problem::{Code, Problem};

/// How many nudges wait for a connection before it is closed as too slow.
const WAITING: usize = 64;
/// How many nudges wait for the hub.
const BUS_ROOM: usize = 4_096;
/// Most connections of one account.
const CONNECTIONS: usize = 64;

/// Who listens to what.
#[derive(Default)]
pub struct Hub {
    listening: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    next: AtomicU64,
    table: Arc<Mutex<Table>>,
}

#[derive(Default)]
struct Table {
    topics: HashMap<String, HashMap<u64, Ear>>,
    accounts: HashMap<Id<Account>, usize>,
}

#[derive(Clone)]
struct Ear {
    sender: mpsc::Sender<Message>,
    closed: CancellationToken,
}

/// A connection's place in the hub; dropping it takes it out.
pub struct Place {
    id: u64,
    account: Id<Account>,
    ear: Ear,
    table: Arc<Mutex<Table>>,
    topics: HashMap<String, usize>,
}

impl Hub {
    /// A place for a connection, and where its nudges come out.
    pub async fn place(
        &self,
        bus: &Arc<dyn engine::bus::Bus>,
        account: Id<Account>,
    ) -> Result<(Place, mpsc::Receiver<Message>), Problem> {
        self.listen(bus)
            .await
            .map_err(|error| Problem::of(Code::Unavailable).because(&error.to_string()))?;
        let (sender, receiver) = mpsc::channel(WAITING);
        let ear = Ear { sender, closed: CancellationToken::new() };
        let mut table = self.table.lock();
        let open = table.accounts.entry(account).or_default();
        if *open >= CONNECTIONS {
            return Err(Problem::of(Code::TooMany).retry_after(10));
        }
        *open += 1;
        drop(table);
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let place = Place { id, account, ear, table: self.table.clone(), topics: HashMap::new() };
        Ok((place, receiver))
    }

    /// Starts to listen, once. A subscription that ends is made again by whoever comes next: those who listened are
    /// closed, because what they missed is not known.
    async fn listen(&self, bus: &Arc<dyn engine::bus::Bus>) -> Result<(), BusError> {
        let mut listening = self.listening.lock().await;
        if listening.as_ref().is_some_and(|task| !task.is_finished()) {
            return Ok(());
        }
        let mut subscription = bus.subscribe("live:", BUS_ROOM).await?;
        let table: Weak<Mutex<Table>> = Arc::downgrade(&self.table);
        *listening = Some(tokio::spawn(async move {
            while let Some(delivery) = subscription.0.recv().await {
                let Some(table) = table.upgrade() else { return };
                match delivery {
                    Delivery::Message(message) => hand_out(&table, &message),
                    // Some were missed: whoever reads again misses nothing.
                    Delivery::Gap => close_all(&table),
                }
            }
            if let Some(table) = table.upgrade() {
                close_all(&table);
            }
        }));
        Ok(())
    }
}

fn hand_out(table: &Mutex<Table>, message: &Message) {
    let table = table.lock();
    if message.topic != HOMES {
        return table.tell(&message.topic, message);
    }
    // Most who are named have nothing open here.
    let Ok(homes) = serde_json::from_slice::<Homes>(&message.body) else { return };
    for person in homes.to.into_iter().filter_map(Id::new) {
        if table.accounts.contains_key(&person) {
            let topic = format!("live:home:{person}");
            table.tell(&topic, &Message { topic: topic.clone(), body: message.body.clone() });
        }
    }
}

/// Whom a nudge to many homes is for.
#[derive(Deserialize)]
struct Homes {
    to: Vec<u64>,
}

impl Table {
    fn tell(&self, topic: &str, message: &Message) {
        for ear in self.topics.get(topic).into_iter().flat_map(HashMap::values) {
            if ear.sender.try_send(message.clone()).is_err() {
                ear.closed.cancel();
            }
        }
    }
}

fn close_all(table: &Mutex<Table>) {
    let table = table.lock();
    table.topics.values().flat_map(HashMap::values).for_each(|ear| ear.closed.cancel());
}

impl Place {
    /// Listens to a topic; several streams may need the same one.
    pub fn listen(&mut self, topic: String) {
        let uses = self.topics.entry(topic.clone()).or_default();
        *uses += 1;
        if *uses == 1 {
            let mut table = self.table.lock();
            table.topics.entry(topic).or_default().insert(self.id, self.ear.clone());
        }
    }

    /// Stops listening to a topic, if no other stream needs it.
    pub fn ignore(&mut self, topic: &str) {
        let Some(uses) = self.topics.get_mut(topic) else { return };
        *uses -= 1;
        if *uses == 0 {
            self.topics.remove(topic);
            remove(&mut self.table.lock(), topic, self.id);
        }
    }

    /// Ends when the connection has to close: it was too slow, or nudges were lost.
    pub fn closed(&self) -> CancellationToken {
        self.ear.closed.clone()
    }
}

fn remove(table: &mut Table, topic: &str, id: u64) {
    if let Some(ears) = table.topics.get_mut(topic) {
        ears.remove(&id);
        if ears.is_empty() {
            table.topics.remove(topic);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.table.lock();
        for topic in self.topics.keys() {
            remove(&mut table, topic, self.id);
        }
        if let Some(open) = table.accounts.get_mut(&self.account) {
            *open -= 1;
            if *open == 0 {
                table.accounts.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use engine::bus::{Bus, Subscription};

    use super::*;

    /// A bus that is restarted.
    #[derive(Default)]
    struct Restarted(Mutex<Vec<mpsc::Sender<Delivery>>>);

    #[async_trait]
    impl Bus for Restarted {
        async fn publish(&self, messages: Vec<Message>) -> Result<(), BusError> {
            let ears = self.0.lock().clone();
            for (ear, message) in ears.iter().flat_map(|ear| messages.iter().map(move |m| (ear, m)))
            {
                let _ = ear.try_send(Delivery::Message(message.clone()));
            }
            Ok(())
        }
        async fn subscribe(&self, _: &str, room: usize) -> Result<Subscription, BusError> {
            let (sender, receiver) = mpsc::channel(room);
            self.0.lock().push(sender);
            Ok(Subscription(receiver))
        }
    }

    #[tokio::test]
    async fn a_bus_that_comes_back_is_heard_again_and_who_missed_something_is_closed() {
        let restarted = Arc::new(Restarted::default());
        let bus: Arc<dyn Bus> = restarted.clone();
        let hub = Hub::default();
        let ada = Id::new(1).unwrap();
        let (mut before, _nudges) = hub.place(&bus, ada).await.unwrap();
        before.listen("live:x".to_owned());
        restarted.0.lock().clear();
        before.closed().cancelled().await;
        // The task has told everyone and ends: then the next one subscribes anew.
        while hub.listening.lock().await.as_ref().is_some_and(|task| !task.is_finished()) {
            tokio::task::yield_now().await;
        }
        let (mut after, mut nudges) = hub.place(&bus, ada).await.unwrap();
        after.listen("live:x".to_owned());
        let message = Message { topic: "live:x".to_owned(), body: "7".into() };
        bus.publish(vec![message.clone()]).await.unwrap();
        assert_eq!(nudges.recv().await, Some(message));
    }
}
