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
use quick_cache::sync::Cache;
use serde::Deserialize;
use serde_json::value::RawValue;
use social::{
    accounts::model::Account,
    app::App,
    live::{PEOPLE, PRESENCE},
    timelines::HOMES,
};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::presence::Here;
use crate::{
    limits::ClientKey,
    problem::{Code, Problem},
};

/// How many nudges wait for a connection before it is too slow.
const WAITING: usize = 64;
/// How many nudges the hub takes in one turn.
const TURN: usize = 256;
/// Most connections from one address.
const FROM_ADDRESS: usize = 1_024;
/// How many rendered events are kept for the next connection that needs the same.
const RENDERED: usize = 4_096;
/// How many nudges wait for the hub.
const BUS_ROOM: usize = 4_096;
/// Most connections of one account.
const CONNECTIONS: usize = 64;

/// Who listens to what.
pub struct Hub {
    app: Weak<App>,
    listening: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    next: AtomicU64,
    table: Arc<Mutex<Table>>,
    /// Who is here.
    pub(super) here: Arc<Here>,
    /// Events that are the same for many, rendered once. A key says all that the text depends on.
    pub(super) rendered: Cache<Vec<u8>, Arc<RawValue>>,
}

impl Default for Hub {
    fn default() -> Hub {
        Hub::new(Weak::new())
    }
}

#[derive(Default)]
struct Table {
    topics: HashMap<String, HashMap<u64, Ear>>,
    accounts: HashMap<Id<Account>, usize>,
    addresses: HashMap<ClientKey, usize>,
}

#[derive(Clone)]
struct Ear {
    sender: mpsc::Sender<Arc<Message>>,
    slow: Slow,
}

/// What becomes of a connection that missed something.
#[derive(Clone)]
enum Slow {
    /// It is closed.
    Closes(CancellationToken),
    /// It is told, and reads again.
    Reads(Arc<Notify>),
}

impl Ear {
    fn missed(&self) {
        match &self.slow {
            Slow::Closes(closed) => closed.cancel(),
            Slow::Reads(bell) => bell.notify_one(),
        }
    }
}

/// A connection's place in the hub; dropping it takes it out.
pub struct Place {
    id: u64,
    account: Id<Account>,
    address: Option<ClientKey>,
    ear: Ear,
    table: Arc<Mutex<Table>>,
    topics: HashMap<String, usize>,
}

impl Hub {
    /// A hub of the product's process.
    pub fn new(app: Weak<App>) -> Hub {
        Hub {
            app,
            listening: tokio::sync::Mutex::default(),
            next: AtomicU64::default(),
            table: Arc::default(),
            here: Arc::default(),
            rendered: Cache::new(RENDERED),
        }
    }

    /// A place for a connection, and where its nudges come out. One that `resyncs` stays when it missed something.
    pub async fn place(
        &self,
        bus: &Arc<dyn engine::bus::Bus>,
        account: Id<Account>,
        address: Option<ClientKey>,
        resyncs: bool,
    ) -> Result<(Place, mpsc::Receiver<Arc<Message>>), Problem> {
        self.listen(bus)
            .await
            .map_err(|error| Problem::of(Code::Unavailable).because(&error.to_string()))?;
        let (sender, receiver) = mpsc::channel(WAITING);
        let slow = match resyncs {
            true => Slow::Reads(Arc::default()),
            false => Slow::Closes(CancellationToken::new()),
        };
        let mut table = self.table.lock();
        let full = table.accounts.get(&account).is_some_and(|open| *open >= CONNECTIONS)
            || address
                .and_then(|address| table.addresses.get(&address))
                .is_some_and(|open| *open >= FROM_ADDRESS);
        if full {
            return Err(Problem::of(Code::TooMany).retry_after(10));
        }
        *table.accounts.entry(account).or_default() += 1;
        if let Some(address) = address {
            *table.addresses.entry(address).or_default() += 1;
        }
        drop(table);
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (ear, table, topics) = (Ear { sender, slow }, self.table.clone(), HashMap::new());
        Ok((Place { id, account, address, ear, table, topics }, receiver))
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
        let (app, here) = (self.app.clone(), Arc::downgrade(&self.here));
        here.upgrade().inspect(|here| here.start(&app, &self.table_of_ears()));
        *listening = Some(tokio::spawn(async move {
            let mut turn = Vec::with_capacity(TURN);
            while subscription.0.recv_many(&mut turn, TURN).await > 0 {
                let Some(table) = table.upgrade() else { return };
                // What other processes wrote before they said so is read, not what lay here before.
                if let Some(app) = app.upgrade()
                    && turn.iter().any(|delivery| is_heard(&table, delivery))
                {
                    app.graph.catch_up(app.now_ms()).await;
                }
                for delivery in turn.drain(..) {
                    match delivery {
                        Delivery::Message(message) if message.topic == PRESENCE => {
                            here.upgrade().inspect(|here| here.hear(&message));
                        }
                        Delivery::Message(message) => hand_out(&table, &message),
                        // Some were missed: whoever reads again misses nothing.
                        Delivery::Gap => all_missed(&table),
                    }
                }
            }
            if let Some(table) = table.upgrade() {
                all_missed(&table);
            }
        }));
        Ok(())
    }

    fn table_of_ears(&self) -> Ears {
        Ears(Arc::downgrade(&self.table))
    }
}

/// Tells those of this process who listen to a topic.
#[derive(Clone)]
pub(super) struct Ears(Weak<Mutex<Table>>);

impl Ears {
    /// Tells them; `false` when there is nobody any more.
    pub(super) fn tell(&self, message: &Message) -> bool {
        let Some(table) = self.0.upgrade() else { return false };
        table.lock().tell(&message.topic, message.clone());
        true
    }
}

/// Whether somebody here may listen to a message.
fn is_heard(table: &Mutex<Table>, delivery: &Delivery) -> bool {
    match delivery {
        Delivery::Message(message) if [HOMES, PEOPLE].contains(&&*message.topic) => true,
        Delivery::Message(message) => table.lock().topics.contains_key(&message.topic),
        Delivery::Gap => false,
    }
}

fn hand_out(table: &Mutex<Table>, message: &Message) {
    let table = table.lock();
    let own = match message.topic.as_str() {
        HOMES => "home",
        PEOPLE => "own",
        _ => return table.tell(&message.topic, message.clone()),
    };
    let Ok(Named { to, nudge }) = serde_json::from_slice(&message.body) else { return };
    // Each reads what it is, and none for whom else.
    let Ok(nudge) = serde_json::to_vec(&nudge) else { return };
    let body = bytes::Bytes::from(nudge);
    // Most who are named have nothing open here.
    for person in to.into_iter().filter_map(Id::new) {
        if table.accounts.contains_key(&person) {
            let topic = format!("live:{own}:{person}");
            table.tell(&topic, Message { topic: topic.clone(), body: body.clone() });
        }
    }
}

/// A nudge to people by name.
#[derive(Deserialize)]
struct Named {
    to: Vec<u64>,
    #[serde(flatten)]
    nudge: serde_json::Map<String, serde_json::Value>,
}

impl Table {
    fn tell(&self, topic: &str, message: Message) {
        let Some(ears) = self.topics.get(topic) else { return };
        let message = Arc::new(message);
        for ear in ears.values() {
            if ear.sender.try_send(message.clone()).is_err() {
                ear.missed();
            }
        }
    }
}

fn all_missed(table: &Mutex<Table>) {
    let table = table.lock();
    table.topics.values().flat_map(HashMap::values).for_each(Ear::missed);
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

    /// Waits until something was missed: the connection was too slow, or nudges were lost.
    pub fn missed(&self) -> impl Future<Output = ()> + Send + use<> {
        let slow = self.ear.slow.clone();
        async move {
            match slow {
                Slow::Closes(closed) => closed.cancelled().await,
                Slow::Reads(bell) => bell.notified().await,
            }
        }
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
        if let Some(address) = self.address
            && let Some(open) = table.addresses.get_mut(&address)
        {
            *open -= 1;
            if *open == 0 {
                table.addresses.remove(&address);
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
        let (mut before, _nudges) = hub.place(&bus, ada, None, false).await.unwrap();
        before.listen("live:x".to_owned());
        restarted.0.lock().clear();
        before.missed().await;
        // The task has told everyone and ends: then the next one subscribes anew.
        while hub.listening.lock().await.as_ref().is_some_and(|task| !task.is_finished()) {
            tokio::task::yield_now().await;
        }
        let (mut after, mut nudges) = hub.place(&bus, ada, None, false).await.unwrap();
        after.listen("live:x".to_owned());
        let message = Message { topic: "live:x".to_owned(), body: "7".into() };
        bus.publish(vec![message.clone()]).await.unwrap();
        assert_eq!(nudges.recv().await.as_deref(), Some(&message));
    }
}
