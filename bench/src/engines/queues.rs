//! Jobs from push to done, as the relay pushes and the workers take them; the floor moves the same bytes through the same
//! broker with its bare client.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use engine::queue::{Lane, NewJob, Queue};
use futures::{
    StreamExt,
    future::{join_all, try_join_all},
};
use lapin::{
    BasicProperties, Connection, ConnectionProperties,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        ConfirmSelectOptions, QueueDeclareOptions,
    },
    types::FieldTable,
};
use rabbitmq_adapter::{AmqpQueue, RabbitMq};
use redis_adapter::{Redis, RedisQueue};

use super::{Addresses, Line, cleaning, in_turns, unique, with_query};
use crate::Failure;

/// Jobs of a round.
const JOBS: usize = 20_000;
/// Jobs of one push: what an event of a busy instance becomes.
const AT_ONCE: usize = 20;
/// Pushes under way at a time: several relays.
const PUSHERS: usize = 4;
/// Tasks that take jobs, and how many each takes at a time.
const WORKERS: usize = 4;
const TAKEN: usize = 25;

/// Jobs through Redis and through RabbitMQ.
pub async fn measure(addresses: &Addresses) -> Result<Vec<Line>, Failure> {
    let url = addresses.of("QUEUE")?;
    let (rate, floor) = in_turns(|| on_redis(url), || bare_redis(url)).await?;
    let redis = Line {
        what: "jobs through Redis, push to done".to_owned(),
        unit: "/s",
        rate,
        floor: Some(("LPUSH by 20, RPOP by 25", floor)),
        target: Some(5_000.0),
    };
    println!("  {}", redis.text());
    let url = addresses.of("QUEUE_AMQP")?;
    let (rate, floor) = in_turns(|| on_rabbitmq(url), || bare_rabbitmq(url)).await?;
    let rabbitmq = Line {
        what: "jobs through RabbitMQ, push to done, with confirms".to_owned(),
        unit: "/s",
        rate,
        floor: Some(("publish by 20 with confirms, consume, ack", floor)),
        target: Some(3_000.0),
    };
    println!("  {}", rabbitmq.text());
    Ok(vec![redis, rabbitmq])
}

async fn on_rabbitmq(url: &str) -> Result<f64, Failure> {
    let prefix = unique("jobs");
    let rabbit = RabbitMq::open(&with_query(url, &format!("prefix={prefix}"))).await?;
    let rate = through(Arc::new(AmqpQueue::open(rabbit).await?.working())).await?;
    cleaning::rabbitmq(&prefix)?;
    Ok(rate)
}

async fn on_redis(url: &str) -> Result<f64, Failure> {
    let prefix = unique("jobs");
    let queue = RedisQueue::new(Redis::open(&with_query(url, &format!("prefix={prefix}"))).await?);
    let rate = through(Arc::new(queue)).await?;
    cleaning::redis(url, &prefix).await?;
    Ok(rate)
}

/// Jobs a second from push to done.
async fn through<Q: Queue>(queue: Arc<Q>) -> Result<f64, Failure> {
    let begun = Instant::now();
    let done = Arc::new(AtomicUsize::new(0));
    let workers = (0..WORKERS).map(|_| {
        let (queue, done) = (queue.clone(), done.clone());
        tokio::spawn(async move { work(&*queue, &done).await })
    });
    let workers: Vec<_> = workers.collect();
    let pushers = (0..PUSHERS).map(|pusher| {
        let queue = queue.clone();
        tokio::spawn(async move { push(&*queue, pusher).await })
    });
    for task in pushers.collect::<Vec<_>>().into_iter().chain(workers) {
        task.await??;
    }
    Ok(JOBS as f64 / begun.elapsed().as_secs_f64())
}

async fn push<Q: Queue>(queue: &Q, pusher: usize) -> Result<(), Failure> {
    let body = Bytes::from(format!(r#"{{"text":"{}"}}"#, "x".repeat(200)));
    for batch in 0..JOBS / AT_ONCE / PUSHERS {
        let job = |number| NewJob {
            key: format!("{pusher}-{batch}-{number}"),
            kind: "bench".to_owned(),
            body: body.clone(),
            run_at_ms: 0,
            priority: 3,
        };
        queue.push((0..AT_ONCE).map(job).collect()).await?;
    }
    Ok(())
}

async fn work<Q: Queue>(queue: &Q, done: &AtomicUsize) -> Result<(), Failure> {
    let pushed = queue.pushed();
    while done.load(Ordering::Relaxed) < JOBS {
        let taken = queue.take(Lane::Any, TAKEN, 1_000, Duration::from_secs(60)).await?;
        if taken.is_empty() {
            // Pushes of this process are signalled; what comes back from elsewhere is found by asking.
            let _ = tokio::time::timeout(Duration::from_millis(5), pushed.notified()).await;
        }
        let ends = taken.iter().map(|taken| queue.done(&taken.job.key, taken.fence));
        let ended = try_join_all(ends).await?;
        if ended.contains(&false) {
            return Err("a job was in two pairs of hands".into());
        }
        done.fetch_add(ended.len(), Ordering::Relaxed);
    }
    Ok(())
}

/// The same number of messages, as large, pushed and taken by as many at a time, and nothing else.
async fn bare_redis(url: &str) -> Result<f64, Failure> {
    let client = redis::Client::open(url)?;
    let connection = client.get_multiplexed_async_connection().await?;
    let (list, body) = (unique("floor"), "x".repeat(900));
    let begun = Instant::now();
    let pushes = (0..PUSHERS).map(|_| {
        let (mut connection, list, body) = (connection.clone(), list.clone(), body.clone());
        tokio::spawn(async move {
            for _ in 0..JOBS / AT_ONCE / PUSHERS {
                let mut push = redis::cmd("LPUSH");
                push.arg(&list).arg(vec![body.as_str(); AT_ONCE]);
                push.query_async::<usize>(&mut connection).await?;
            }
            Ok::<_, Failure>(())
        })
    });
    let pushes: Vec<_> = pushes.collect();
    let done = Arc::new(AtomicUsize::new(0));
    let takes = (0..WORKERS).map(|_| {
        let (mut connection, list, done) = (connection.clone(), list.clone(), done.clone());
        tokio::spawn(async move {
            while done.load(Ordering::Relaxed) < JOBS {
                let mut pop = redis::cmd("RPOP");
                let taken: Option<Vec<Vec<u8>>> =
                    pop.arg(&list).arg(TAKEN).query_async(&mut connection).await?;
                done.fetch_add(taken.unwrap_or_default().len(), Ordering::Relaxed);
            }
            Ok::<_, Failure>(())
        })
    });
    for task in pushes.into_iter().chain(takes.collect::<Vec<_>>()) {
        task.await??;
    }
    Ok(JOBS as f64 / begun.elapsed().as_secs_f64())
}

/// The same on one durable queue: each push waits for RabbitMQ's word, each message is acknowledged.
async fn bare_rabbitmq(url: &str) -> Result<f64, Failure> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let (queue, body) = (unique("floor"), Arc::new(vec![b'x'; 700]));
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.as_str().into(), durable, FieldTable::default()).await?;
    let ear = connection.create_channel().await?;
    ear.basic_qos(500, BasicQosOptions::default()).await?;
    let consume = BasicConsumeOptions::default();
    let name = queue.as_str().into();
    let mut consumer = ear.basic_consume(name, "".into(), consume, FieldTable::default()).await?;
    let begun = Instant::now();
    let pushes = (0..PUSHERS).map(|_| {
        let (channel, queue, body) = (channel.clone(), queue.clone(), body.clone());
        tokio::spawn(async move {
            for _ in 0..JOBS / AT_ONCE / PUSHERS {
                let send = (0..AT_ONCE).map(|_| {
                    let kept = BasicProperties::default().with_delivery_mode(2);
                    let (key, options) = (queue.as_str().into(), BasicPublishOptions::default());
                    channel.basic_publish("".into(), key, options, &body, kept)
                });
                let sent = join_all(send).await.into_iter().collect::<Result<Vec<_>, _>>()?;
                for word in sent {
                    word.await?;
                }
            }
            Ok::<_, Failure>(())
        })
    });
    let pushes: Vec<_> = pushes.collect();
    for _ in 0..JOBS {
        let message = consumer.next().await.ok_or("the consumer ended")??;
        message.acker.ack(BasicAckOptions::default()).await?;
    }
    for push in pushes {
        push.await??;
    }
    let rate = JOBS as f64 / begun.elapsed().as_secs_f64();
    channel.queue_delete(queue.as_str().into(), Default::default()).await?;
    Ok(rate)
}
