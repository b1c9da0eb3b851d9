//! Messages from one process's connection to another's, a hundred at a time, as fan-out publishes them; the floor is the
//! server's own publish and subscribe with its bare client.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use engine::bus::{Bus, Delivery, Message};
use futures::{StreamExt, future::try_join_all};
use lapin::{
    BasicProperties, Connection, ConnectionProperties,
    options::{BasicConsumeOptions, BasicPublishOptions, QueueDeclareOptions},
    types::FieldTable,
};
use rabbitmq_adapter::{AmqpBus, RabbitMq};
use redis_adapter::{Redis, RedisBus};
use tokio::sync::Semaphore;

use super::{Addresses, Line, in_turns, unique, with_query};
use crate::Failure;

/// Messages of a round.
const MESSAGES: usize = 100_000;
/// So many may be under way: a bus that keeps no more than its readers can take is no floor for anything.
const AHEAD: usize = 5_000;
/// Messages of one call.
const AT_ONCE: usize = 100;
const TOPIC: &str = "bench.topic";

/// The bus on Redis and on RabbitMQ.
pub async fn measure(addresses: &Addresses) -> Result<Vec<Line>, Failure> {
    let url = addresses.of("BUS")?;
    let (rate, floor) = in_turns(|| on_redis(url), || bare_redis(url)).await?;
    let redis = Line {
        what: "messages through Redis, process to process".to_owned(),
        unit: "/s",
        rate,
        floor: Some(("PUBLISH by 100", floor)),
        target: Some(50_000.0),
    };
    println!("  {}", redis.text());
    let url = addresses.of("BUS_AMQP")?;
    let (rate, floor) = in_turns(|| on_rabbitmq(url), || bare_rabbitmq(url)).await?;
    let rabbitmq = Line {
        what: "messages through RabbitMQ, process to process".to_owned(),
        unit: "/s",
        rate,
        floor: Some(("publish by 100 to a queue that ends with its connection", floor)),
        target: None,
    };
    println!("  {}", rabbitmq.text());
    Ok(vec![redis, rabbitmq])
}

async fn on_rabbitmq(url: &str) -> Result<f64, Failure> {
    let url = with_query(url, &format!("prefix={}", unique("bus")));
    let (here, there) = (RabbitMq::open(&url).await?, RabbitMq::open(&url).await?);
    through(&AmqpBus::new(here), &AmqpBus::new(there)).await
}

async fn on_redis(url: &str) -> Result<f64, Failure> {
    let url = with_query(url, &format!("prefix={}", unique("bus")));
    let (here, there) = (Redis::open(&url).await?, Redis::open(&url).await?);
    through(&RedisBus::new(here), &RedisBus::new(there)).await
}

/// Messages a second from `here` to `there`.
async fn through<B: Bus>(here: &B, there: &B) -> Result<f64, Failure> {
    let mut ear = there.subscribe(TOPIC, MESSAGES + 1).await?;
    let (begun, ahead) = (Instant::now(), Arc::new(Semaphore::new(AHEAD)));
    let heard = ahead.clone();
    let hear = tokio::spawn(async move {
        for _ in 0..MESSAGES {
            if ear.0.recv().await.is_none_or(|heard| heard == Delivery::Gap) {
                return Err(Failure::from("some messages were missed"));
            }
            heard.add_permits(1);
        }
        Ok(())
    });
    let message = Message { topic: TOPIC.to_owned(), body: Bytes::from(vec![b'x'; 100]) };
    for _ in 0..MESSAGES / AT_ONCE {
        ahead.acquire_many(AT_ONCE as u32).await?.forget();
        here.publish(vec![message.clone(); AT_ONCE]).await?;
    }
    hear.await??;
    Ok(MESSAGES as f64 / begun.elapsed().as_secs_f64())
}

async fn bare_rabbitmq(url: &str) -> Result<f64, Failure> {
    let connect = async || Connection::connect(url, ConnectionProperties::default()).await;
    let (here, there) = (connect().await?, connect().await?);
    let (mouth, ear) = (here.create_channel().await?, there.create_channel().await?);
    let options = QueueDeclareOptions::exclusive().auto_delete();
    let queue = ear.queue_declare("".into(), options, FieldTable::default()).await?;
    let options = BasicConsumeOptions { no_ack: true, ..Default::default() };
    let name = queue.name().clone();
    let consumer = ear.basic_consume(name, "".into(), options, FieldTable::default()).await?;
    let begun = Instant::now();
    let hear = tokio::spawn(async move { consumer.take(MESSAGES).count().await });
    let body = [b'x'; 100];
    for _ in 0..MESSAGES / AT_ONCE {
        let send = (0..AT_ONCE).map(|_| {
            let (key, options) = (queue.name().clone(), BasicPublishOptions::default());
            mouth.basic_publish("".into(), key, options, &body, BasicProperties::default())
        });
        try_join_all(send).await?;
    }
    if hear.await? != MESSAGES {
        return Err("the bare client missed messages".into());
    }
    Ok(MESSAGES as f64 / begun.elapsed().as_secs_f64())
}

async fn bare_redis(url: &str) -> Result<f64, Failure> {
    let (client, channel) = (redis::Client::open(url)?, unique("floor"));
    let mut ear = client.get_async_pubsub().await?;
    ear.subscribe(&channel).await?;
    let mut mouth = client.get_multiplexed_async_connection().await?;
    let begun = Instant::now();
    let hear = tokio::spawn(async move { ear.on_message().take(MESSAGES).count().await });
    let body = [b'x'; 100];
    for _ in 0..MESSAGES / AT_ONCE {
        let mut pipe = redis::pipe();
        for _ in 0..AT_ONCE {
            pipe.publish(&channel, &body[..]).ignore();
        }
        pipe.query_async::<()>(&mut mouth).await?;
    }
    if hear.await? != MESSAGES {
        return Err("the bare client missed messages".into());
    }
    Ok(MESSAGES as f64 / begun.elapsed().as_secs_f64())
}
