//! What a Redis gives on this machine: `cargo run --release -p sociosphere-redis --example speed [redis://host]`.
//!
//! Rings of 1,000 readers are pushed to and read, jobs go from push to done with four workers, and messages go from one
//! process's connection to another's. Everything lies under a prefix of its own and is small.

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use engine::{
    bus::{Bus, Delivery, Message},
    cache::{Cache, Quota},
    queue::{Lane, NewJob, Queue},
    rings::{Entry, RING_CAPACITY, Rings},
};
use redis_adapter::{Redis, RedisBus, RedisCache, RedisQueue, RedisRings};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    let url = std::env::args().nth(1).unwrap_or_else(|| "redis://127.0.0.1:6379".to_owned());
    let url = format!("{}/?prefix=speed-{}", url.trim_end_matches('/'), std::process::id());
    let redis = Redis::open(&url).await?;
    println!("Redis {}", redis.health().await?.version);
    rings(RedisRings::new(redis.clone())).await?;
    limits(RedisCache::new(redis.clone())).await?;
    jobs(Arc::new(RedisQueue::new(redis.clone()))).await?;
    messages(RedisBus::new(redis), RedisBus::new(Redis::open(&url).await?)).await
}

fn say(what: &str, count: usize, begun: Instant) {
    let each = begun.elapsed().as_secs_f64() / count as f64;
    println!("{what:<40} {:>9.0} /s {:>9.1} µs each", 1.0 / each, each * 1e6);
}

async fn rings(rings: RedisRings) -> Outcome {
    const READERS: u64 = 1_000;
    let readers: Vec<u64> = (1..=READERS).collect();
    let full: Vec<_> = (1..=RING_CAPACITY as u64).rev().map(|id| Entry { id, shows: id }).collect();
    let begun = Instant::now();
    for &reader in &readers {
        let ticket = rings.begin(reader).await?;
        rings.finish(reader, ticket, full.clone(), 0).await?;
    }
    say("rings built, 400 entries", readers.len(), begun);
    let begun = Instant::now();
    for id in 1_000..1_050 {
        rings.push(&readers, Entry { id, shows: id }).await?;
    }
    say("entries pushed, to 1,000 rings at once", 50 * readers.len(), begun);
    let begun = Instant::now();
    for &reader in &readers {
        rings.read(reader, None, None, false, 20).await?;
    }
    say("pages of 20 read, one after the other", readers.len(), begun);
    Ok(rings.forget(&readers).await?)
}

async fn limits(cache: RedisCache) -> Outcome {
    const ASKS: usize = 20_000;
    let (cache, quota) = (Arc::new(cache), Quota { burst: 300, period: Duration::from_secs(300) });
    let begun = Instant::now();
    let asks = (0..20).map(|asker| {
        let cache = cache.clone();
        tokio::spawn(async move {
            for ask in 0..ASKS / 20 {
                cache.limit(&format!("{asker}-{}", ask % 50), quota, 1, 1_900_000_000_000).await?;
            }
            Outcome::Ok(())
        })
    });
    for ask in asks.collect::<Vec<_>>() {
        ask.await??;
    }
    say("limits asked, 20 at a time", ASKS, begun);
    Ok(())
}

async fn jobs(queue: Arc<RedisQueue>) -> Outcome {
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
    for batch in 0..JOBS / 20 {
        let job = |number| NewJob {
            key: format!("{batch}-{number}"),
            kind: "speed".to_owned(),
            body: body.clone(),
            run_at_ms: 0,
            priority: 3,
        };
        queue.push((0..20).map(job).collect()).await?;
    }
    for worker in workers {
        worker.await??;
    }
    say("jobs pushed by 20, taken and done", JOBS, begun);
    Ok(())
}

async fn messages(here: RedisBus, there: RedisBus) -> Outcome {
    const MESSAGES: usize = 200_000;
    let mut ear = there.subscribe("speed", MESSAGES + 1).await?;
    let begun = Instant::now();
    let hear = tokio::spawn(async move {
        for _ in 0..MESSAGES {
            if ear.0.recv().await.is_none_or(|heard| heard == Delivery::Gap) {
                return Err("some were missed");
            }
        }
        Ok(())
    });
    let message = Message { topic: "speed".to_owned(), body: Bytes::from(vec![b'x'; 100]) };
    for _ in 0..MESSAGES / 100 {
        here.publish(vec![message.clone(); 100]).await?;
    }
    hear.await??;
    say("messages from process to process, by 100", MESSAGES, begun);
    Ok(())
}
