//! What a RabbitMQ gives on this machine: `cargo run --release -p sociosphere-rabbitmq --example speed [amqp://host]`.
//!
//! Jobs go from push (confirmed) to done with four workers, and messages from one process's connections to another's. Everything
//! has a prefix of its own, and stays there, empty.

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use engine::{
    bus::{Bus, Delivery, Message},
    queue::{Lane, NewJob, Queue},
};
use rabbitmq_adapter::{AmqpBus, AmqpQueue, RabbitMq};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    let url = std::env::args().nth(1).unwrap_or_else(|| "amqp://127.0.0.1:5672/%2f".to_owned());
    let url = format!("{url}?prefix=speed-{}", std::process::id());
    let rabbit = RabbitMq::open(&url).await?;
    println!("RabbitMQ {}", rabbit.health().await?.version.unwrap_or_default());
    jobs(Arc::new(AmqpQueue::open(rabbit.clone()).await?.working())).await?;
    messages(AmqpBus::new(rabbit), AmqpBus::new(RabbitMq::open(&url).await?)).await
}

fn say(what: &str, count: usize, begun: Instant) {
    let each = begun.elapsed().as_secs_f64() / count as f64;
    println!("{what:<40} {:>9.0} /s {:>9.1} µs each", 1.0 / each, each * 1e6);
}

async fn jobs(queue: Arc<AmqpQueue>) -> Outcome {
    const JOBS: usize = 20_000;
    let begun = Instant::now();
    let workers = (0..4).map(|_| {
        let queue = queue.clone();
        tokio::spawn(async move {
            let mut done = 0;
            while done < JOBS / 4 {
                let limit = 25.min(JOBS / 4 - done);
                let taken = queue.take(Lane::Any, limit, 1_000, Duration::from_secs(60)).await?;
                if taken.is_empty() {
                    queue.pushed().notified().await;
                }
                let ends = taken.iter().map(|taken| queue.done(&taken.job.key, taken.fence));
                done += futures::future::try_join_all(ends).await?.len();
            }
            Outcome::Ok(())
        })
    });
    let workers: Vec<_> = workers.collect();
    let body = Bytes::from(format!(r#"{{"text":"{}"}}"#, "x".repeat(200)));
    for batch in 0..JOBS / 200 {
        let job = |number| NewJob {
            key: format!("{batch}-{number}"),
            kind: "speed".to_owned(),
            body: body.clone(),
            run_at_ms: 0,
            priority: 3,
        };
        queue.push((0..200).map(job).collect()).await?;
    }
    for worker in workers {
        worker.await??;
    }
    say("jobs pushed by 200, taken and done", JOBS, begun);
    Ok(())
}

async fn messages(here: AmqpBus, there: AmqpBus) -> Outcome {
    const MESSAGES: usize = 100_000;
    const ROUND: usize = 5_000;
    let mut ear = there.subscribe("speed", MESSAGES + 1).await?;
    let begun = Instant::now();
    let message = Message { topic: "speed".to_owned(), body: Bytes::from(vec![b'x'; 100]) };
    // RabbitMQ keeps a bounded number for who listens: a round is heard before the next is told.
    for _ in 0..MESSAGES / ROUND {
        for _ in 0..ROUND / 100 {
            here.publish(vec![message.clone(); 100]).await?;
        }
        for _ in 0..ROUND {
            if ear.0.recv().await.is_none_or(|heard| heard == Delivery::Gap) {
                return Err("some were missed".into());
            }
        }
    }
    say("messages from process to process, by 100", MESSAGES, begun);
    Ok(())
}
