//! What RabbitMQ gives to this process, and what becomes of it before a worker takes it.
//!
//! One channel consumes the three queues, each with so many messages in advance. What is early goes back through the ladder,
//! what may have killed its worker to where it is fetched one at a time, what nobody can run to the dead, what is held
//! already nowhere. Only the rest is held.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use celery_wire::{Effect, Task};
use engine::queue::{Lane, NewJob, QueueError};
use futures::{
    FutureExt, Stream, StreamExt,
    future::join_all,
    stream::{self, BoxStream, SelectAll},
};
use lapin::{
    BasicProperties, Channel,
    message::Delivery,
    options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions},
    types::{AMQPValue, FieldTable},
};
use serde_json::{Map, Value};
use tokio::{
    sync::{mpsc, oneshot},
    time::{self, MissedTickBehavior, timeout},
};

use super::{
    Shared, now_ms,
    state::{Hold, Live, Origin},
};
use crate::{
    bus::PAUSES,
    celery::{self, Kept},
    link::{PATIENCE, plain},
    message::{DEAD, job_of, json_properties, task_in},
    publish::Sent,
};

/// Messages in advance, of the urgent, the less urgent and the long jobs.
const AHEAD: [u16; 3] = [256, 64, 8];

/// A job, and the task that it came as.
type Held = (NewJob, Task);

/// What a message is to become.
enum Fate {
    Hold(Box<Held>),
    /// It is published anew, and acknowledged; if that cannot be, it is held if it is a job that can run.
    Move(Box<(Vec<Sent>, Option<Held>)>),
    /// It is no job of ours: published among the dead, its sender told, and acknowledged.
    Refuse(Box<(Vec<Sent>, Option<Kept>)>),
}

/// Consumes, and connects again, as long as the queue lives.
pub(super) async fn run(shared: Arc<Shared>, mut asks: mpsc::Receiver<oneshot::Sender<()>>) {
    let (mut pause, mut epoch) = (PAUSES.0, 0);
    loop {
        match timeout(15 * PATIENCE, connect(&shared)).await {
            Ok(Ok((channel, messages))) => {
                (pause, epoch) = (PAUSES.0, epoch + 1);
                shared.live.send_replace(Some(Live { channel: channel.clone(), epoch }));
                shared.signal();
                hear(&shared, &channel, epoch, messages, &mut asks).await;
                shared.live.send_replace(None);
                shared.state.lock().lose();
                tracing::warn!("the connection to the queue is lost");
            }
            Ok(Err(error)) => tracing::debug!("the queue does not answer: {error}"),
            Err(_) => tracing::debug!("the queue does not answer in time"),
        }
        // Whoever asked meanwhile hears that nobody can say.
        while asks.try_recv().is_ok() {}
        time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

type Messages = SelectAll<BoxStream<'static, Option<Delivery>>>;

async fn connect(shared: &Shared) -> Result<(Channel, Messages), String> {
    let channel = shared.rabbit.consuming.channel().await?;
    let names = &shared.names;
    let consumed = async {
        names.clone().declare(channel.clone()).await?;
        let mut all = SelectAll::new();
        for (name, ahead) in [&names.quick, &names.low, &names.long].into_iter().zip(AHEAD) {
            channel.basic_qos(ahead, BasicQosOptions::default()).await?;
            let options = BasicConsumeOptions::default();
            let none = FieldTable::default();
            let consumer = channel.basic_consume(name.clone(), "".into(), options, none).await?;
            // The end of one of them is the end of all.
            let messages = consumer.map(Result::ok).chain(stream::once(async { None }));
            all.push(messages.boxed());
        }
        Ok(all)
    };
    let consumed: Result<Messages, lapin::Error> = consumed.await;
    Ok((channel, consumed.map_err(|error| plain(&error))?))
}

async fn hear(
    shared: &Shared,
    channel: &Channel,
    epoch: u64,
    mut messages: Messages,
    asks: &mut mpsc::Receiver<oneshot::Sender<()>>,
) {
    let mut upkeep = time::interval((shared.holds / 8).max(Duration::from_millis(10)));
    upkeep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut batch = Vec::new();
        let mut told = None;
        tokio::select! {
            message = messages.next() => match message {
                Some(Some(message)) => batch.push(message),
                _ => return,
            },
            ask = asks.recv() => told = ask,
            _ = upkeep.tick() => shared.let_go_of_old(channel, epoch).await,
        }
        let mut ended = false;
        while batch.len() < usize::from(AHEAD[0]) * 2 {
            match at_once(&mut messages) {
                Some(Some(message)) => batch.push(message),
                Some(None) => {
                    ended = true;
                    break;
                }
                None => break,
            }
        }
        if !batch.is_empty() {
            shared.receive(channel, epoch, batch).await;
            shared.signal();
        }
        if let Some(told) = told {
            let _ = told.send(());
        }
        if ended {
            return;
        }
    }
}

/// What is there already.
fn at_once<T>(messages: &mut (impl Stream<Item = T> + Unpin)) -> Option<T> {
    messages.next().now_or_never().flatten()
}

impl Shared {
    /// Decides what messages are to become, and does it.
    pub(super) async fn receive(&self, channel: &Channel, epoch: u64, batch: Vec<Delivery>) {
        let (mut moves, mut over, mut results) = (Vec::new(), Vec::new(), Vec::new());
        for message in batch {
            let (tag, redelivered) = (message.delivery_tag, message.redelivered);
            match self.fate(&message.properties, message.data, redelivered) {
                Fate::Move(fate) => match &fate.1 {
                    // What is known already need not go round.
                    Some((job, _)) if self.known(&job.key).await => over.push(tag),
                    _ => moves.push((tag, *fate)),
                },
                Fate::Refuse(refused) => {
                    let (sent, kept) = *refused;
                    results.extend(kept);
                    moves.push((tag, (sent, None)));
                }
                Fate::Hold(job) => {
                    let (job, task) = *job;
                    if self.hold(job, task, Origin::Given { epoch, tag }).await == Hold::Twice {
                        over.push(tag);
                    }
                }
            }
        }
        if !moves.is_empty() {
            let sent = moves.iter().flat_map(|(_, (sent, _))| sent.iter().cloned()).collect();
            match self.publisher.publish(sent).await {
                Ok(()) => {
                    self.keep(results).await;
                    over.extend(moves.iter().map(|(tag, _)| *tag));
                }
                Err(why) => {
                    tracing::warn!("jobs could not be moved and stay here: {why}");
                    for (tag, (_, job)) in moves {
                        let Some((job, task)) = job else { continue };
                        let held = self.state.lock().hold(job, task, Origin::Given { epoch, tag });
                        if held == Hold::Twice {
                            over.push(tag);
                        }
                    }
                }
            }
        }
        let ack = |tag| channel.basic_ack(tag, BasicAckOptions::default());
        for acked in join_all(over.into_iter().map(ack)).await {
            if let Err(error) = acked {
                tracing::debug!("an acknowledgement was not sent: {}", plain(&error));
            }
        }
    }

    /// Whether a job with this key is held or dead. Where that cannot be asked it is none: then it may run once more.
    async fn known(&self, key: &str) -> bool {
        let held = self.state.lock().has(key);
        held || self.is_dead(key).await.unwrap_or(false)
    }

    /// Holds a job, if its key is not that of a dead one.
    async fn hold(&self, job: NewJob, task: Task, origin: Origin) -> Hold {
        if self.is_dead(&job.key).await.unwrap_or(false) {
            return Hold::Twice;
        }
        self.state.lock().hold(job, task, origin)
    }

    fn fate(&self, properties: &BasicProperties, body: Vec<u8>, redelivered: bool) -> Fate {
        let now = now_ms();
        let user = properties.user_id().as_ref().map(|user| user.as_str());
        let foreign = user != Some(self.rabbit.address.user());
        let moved = |sent| Fate::Move(Box::new((vec![sent], None)));
        let mut task = match task_in(properties, &body) {
            Ok(task) => task,
            Err(why) => return moved(self.unreadable(body, &why.to_string(), now)),
        };
        if foreign {
            task.extra.retain(|name, _| !name.starts_with("job_"));
        }
        let Some(job) = job_of(&task, now) else {
            return self.refused(task, "no task of ours", now);
        };
        if foreign && !self.allows(&job.kind) {
            return self.refused(task, "not a task that others may send", now);
        }
        let early = job.run_at_ms.saturating_sub(now) >= super::SOON_MS;
        // What was in hands here when the connection was lost goes on.
        let back = self.state.lock().more.get(&job.key).is_some_and(|it| it.origin == Origin::Lost);
        let sent = match () {
            () if early => self.sent(&task, &job),
            () if redelivered && !back => self.sent_to(self.names.again(job.priority), &task),
            () => return Fate::Hold(Box::new((job, task))),
        };
        if !early {
            self.state.lock().counts[3 + usize::from(job.priority >= engine::queue::LONG)] += 1;
        }
        Fate::Move(Box::new((vec![sent], Some((job, task)))))
    }

    fn refused(&self, task: Task, why: &str, now: u64) -> Fate {
        tracing::warn!(job.key = task.id, "gave up a task of somebody else: {why}");
        let mut sent = Vec::new();
        let mut kept = None;
        if let Some(Effect::Result { id, text }) = celery_wire::node::refusal(&task, why, now) {
            sent.extend(celery::result(&self.rabbit, &task, text.clone()));
            kept = Some((id, text));
        }
        // Reviving does not make it one of ours.
        sent.push(self.sent_dead(task, 1, why, now, false));
        Fate::Refuse(Box::new((sent, kept)))
    }

    async fn keep(&self, results: Vec<Kept>) {
        if let Some(celery) = self.celery.get() {
            celery.keep(results).await;
        }
    }

    /// A message that is no task, as a dead job.
    fn unreadable(&self, body: Vec<u8>, why: &str, now: u64) -> Sent {
        let id = format!("unreadable-{}", crate::unique());
        let mut headers = Map::from_iter([("id".to_owned(), Value::from(id))]);
        let values = [why.into(), 1.into(), now.into()];
        headers.extend(DEAD.map(str::to_owned).into_iter().zip(values));
        let properties = json_properties(&headers).with_delivery_mode(2);
        Sent {
            exchange: "".into(),
            key: self.names.dead.clone(),
            properties,
            body,
            must_arrive: true,
        }
    }

    /// Fetches jobs whose worker may have died, no more than can be taken now: what is given is in hands.
    pub(super) async fn fetch_again(&self, lane: Lane, limit: usize) -> Result<(), QueueError> {
        let places = match lane {
            Lane::Any => [Some(0), Some(1)],
            Lane::Quick | Lane::Gathered => [Some(0), None],
            Lane::Long => [Some(1), None],
        };
        for place in places.into_iter().flatten() {
            let mut room = limit;
            while room > 0 && self.state.lock().counts[3 + place] > 0 {
                let fetched = timeout(4 * PATIENCE, self.fetch_one(place)).await;
                let fetched = fetched.unwrap_or_else(|_| Err("no answer in time".to_owned()));
                if fetched.map_err(|why| QueueError(format!("RabbitMQ: {why}")))? {
                    room -= 1;
                }
            }
        }
        Ok(())
    }

    /// Fetches one; `true`: it is held.
    async fn fetch_one(&self, place: usize) -> Result<bool, String> {
        let live = self.live.borrow().clone().ok_or_else(|| "not connected".to_owned())?;
        let Live { channel, epoch } = live;
        let got = channel.basic_get(self.names.again[place].clone(), Default::default()).await;
        let Some(got) = got.map_err(|error| plain(&error))? else {
            self.state.lock().counts[3 + place] = 0;
            return Ok(false);
        };
        self.state.lock().counts[3 + place] = got.message_count.into();
        let message = got.delivery;
        let fate = self.fate(&message.properties, message.data, false);
        let (tag, redelivered) = (message.delivery_tag, message.redelivered);
        let (sent, mut job) = match fate {
            Fate::Hold(job) if !redelivered => (Vec::new(), Some(*job)),
            // Whoever had it died with it in hands: that was a try.
            Fate::Hold(job) => {
                let (job, mut task) = *job;
                task.retries = task.retries.saturating_add(1);
                self.state.lock().counts[3 + place] += 1;
                (vec![self.sent_to(&self.names.again[place], &task)], Some((job, task)))
            }
            Fate::Move(fate) => *fate,
            Fate::Refuse(refused) => {
                let (sent, kept) = *refused;
                self.keep(kept.into_iter().collect()).await;
                (sent, None)
            }
        };
        if !sent.is_empty() {
            match self.publisher.publish(sent).await {
                Ok(()) => job = None,
                // It takes nothing now, and what it gave can be done all the same.
                Err(why) if job.is_some() => tracing::debug!("a try was not written down: {why}"),
                Err(why) => {
                    let options = BasicNackOptions { requeue: true, multiple: false };
                    channel.basic_nack(tag, options).await.map_err(|error| plain(&error))?;
                    return Err(why);
                }
            }
        }
        if let Some((job, task)) = job
            && self.hold(job, task, Origin::Given { epoch, tag }).await != Hold::Twice
        {
            return Ok(true);
        }
        let acked = channel.basic_ack(tag, BasicAckOptions::default()).await;
        acked.map_err(|error| plain(&error))?;
        Ok(false)
    }

    /// What is held for long goes into a queue of its own if it is in hands, and back if it waits.
    async fn let_go_of_old(&self, channel: &Channel, epoch: u64) {
        let (mut back, mut keep) = (Vec::new(), Vec::new());
        {
            let mut state = self.state.lock();
            for (key, more) in state.more.iter().filter(|it| it.1.since.elapsed() > self.holds) {
                let Some(held) = state.held.get(key) else { continue };
                match (&more.origin, held.lease_until) {
                    (Origin::Given { tag, .. }, None) => back.push((key.clone(), *tag)),
                    (Origin::Given { .. } | Origin::Hand(_), Some(_)) => {
                        let task = Task { retries: held.attempt, ..more.task.clone() };
                        keep.push((held.job.clone(), held.fence, task, more.origin.clone()));
                    }
                    _ => {}
                }
            }
            state.forget(back.iter().map(|(key, _)| key.clone()).collect());
        }
        for (_, tag) in back {
            let options = BasicNackOptions { requeue: true, multiple: false };
            if let Err(error) = channel.basic_nack(tag, options).await {
                tracing::debug!("a job was not handed back: {}", plain(&error));
            }
        }
        for (job, fence, task, old) in keep {
            let kept = timeout(4 * PATIENCE, self.keep_in_hand(&job, fence, &task, &old)).await;
            if let Err(why) = kept.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
                tracing::warn!(job.key = job.key, epoch, "job {} is held on: {why}", job.key);
            }
        }
    }

    async fn keep_in_hand(
        &self,
        job: &NewJob,
        fence: u64,
        task: &Task,
        old: &Origin,
    ) -> Result<(), String> {
        let (channel, hand) = (self.publisher.channel().await?, self.names.hand());
        let ms = |times: u32| {
            AMQPValue::LongLongInt(
                i64::try_from((self.holds * times).as_millis()).unwrap_or(i64::MAX),
            )
        };
        let mut then = FieldTable::default();
        // When this process dies, it comes back from there; and the queue goes, too.
        then.insert("x-message-ttl".into(), ms(2));
        then.insert("x-expires".into(), ms(4));
        then.insert("x-dead-letter-exchange".into(), AMQPValue::LongString("".into()));
        let home = self.names.home(job.priority).as_str();
        then.insert("x-dead-letter-routing-key".into(), AMQPValue::LongString(home.into()));
        let options = lapin::options::QueueDeclareOptions::durable();
        let declared = channel.queue_declare(hand.clone(), options, then).await;
        declared.map_err(|error| plain(&error))?;
        self.publisher.publish(vec![self.sent_to(&hand, task)]).await?;
        let new = Origin::Hand(hand);
        let ours = {
            let mut state = self.state.lock();
            let ours = state.held.holds(&job.key, fence);
            match state.more.get_mut(&job.key).filter(|it| ours && it.origin == *old) {
                Some(more) => {
                    (more.origin, more.since) = (new.clone(), Instant::now());
                    true
                }
                None => false,
            }
        };
        // Either the old one is over, or the job ended meanwhile and the new one is.
        let over = if ours { old } else { &new };
        self.settle(over).await.map_err(|error| error.0)
    }

    fn allows(&self, kind: &str) -> bool {
        self.celery.get().is_some_and(|celery| celery.allows(kind))
    }
}
