//! The contract of values in front of a store; and what a Redis that was restarted, or a connection that came back, may not be
//! believed.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use engine::lookaside::{Look, Lookaside, Reader};
use redis_adapter::{Redis, RedisCache};

use crate::{
    faults::until_ok,
    server::Server,
    support::{Guard, redis_for},
};

async fn open() -> (Arc<RedisCache>, Guard) {
    let (redis, guard) = redis_for("CACHE").await;
    (Arc::new(RedisCache::new(redis)), guard)
}

engine::lookaside_contract!(open);

const MINUTE: Duration = Duration::from_secs(60);
const KEY: &str = "node:things:1";

fn reader(life: &str) -> Reader<'_> {
    Reader { life, stamp: "1", lease: 7 }
}

/// A value that was found in this life.
async fn filled(cache: &RedisCache) -> String {
    let life = cache.life().await.unwrap();
    assert_eq!(cache.look(reader(&life), &[KEY]).await.unwrap(), [Look::Lease]);
    let values = vec![(KEY.to_owned(), Bytes::from_static(b"old"))];
    cache.fill(reader(&life), values, MINUTE).await.unwrap();
    let old = Look::Value(Bytes::from_static(b"old"));
    assert_eq!(cache.look(reader(&life), &[KEY]).await.unwrap(), [old]);
    life
}

#[tokio::test(flavor = "multi_thread")]
async fn f12_a_redis_that_remembers_after_a_restart_is_another_life() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let settings = ["--dir", folder, "--appendonly", "yes", "--appendfsync", "always"];
    let server = Server::start(&settings);
    let cache = RedisCache::new(Redis::open(&server.url()).await.unwrap());
    let before = filled(&cache).await;
    server.kill();
    server.restart();
    assert!(server.command(&["GET", "sociosphere:node:things:{1}"]).contains("old"));
    assert!(cache.look(reader(&before), &[KEY]).await.is_err());
    let after = until_ok(async || cache.life().await).await;
    assert_ne!(before, after);
    assert!(cache.look(reader(&before), &[KEY]).await.is_err());
    assert!(cache.mark(&before, &[KEY.to_owned()], 1, MINUTE).await.is_err());
    assert_eq!(cache.look(reader(&after), &[KEY]).await.unwrap(), [Look::Lease], "the old value");
}

#[tokio::test(flavor = "multi_thread")]
async fn f12_a_connection_that_came_back_is_asked_before_it_is_believed() {
    let server = Server::start(&[]);
    let cache = RedisCache::new(Redis::open(&server.url()).await.unwrap());
    let life = filled(&cache).await;
    server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
    // It connects again by itself, to whoever answers there now.
    until_ok(async || cache.admit(&[], 0, 0).await).await;
    assert!(cache.look(reader(&life), &[KEY]).await.is_err());
    assert_eq!(cache.life().await.unwrap(), life);
    assert_ne!(cache.look(reader(&life), &[KEY]).await.unwrap(), [Look::Lease]);
}

#[tokio::test(flavor = "multi_thread")]
async fn f12_a_redis_that_takes_no_writes_is_no_cache() {
    let server = Server::start(&[]);
    let cache = RedisCache::new(Redis::open(&server.url()).await.unwrap());
    let life = filled(&cache).await;
    server.command(&["REPLICAOF", "127.0.0.1", "1"]);
    assert!(cache.life().await.is_err(), "it is a replica now");
    assert!(cache.mark(&life, &[KEY.to_owned()], 1, MINUTE).await.is_err());
    server.command(&["REPLICAOF", "NO", "ONE"]);
    assert_eq!(until_ok(async || cache.life().await).await, life);
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    assert!(cache.life().await.is_err(), "its memory is full");
    assert!(cache.mark(&life, &[KEY.to_owned()], 1, MINUTE).await.is_err());
    server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(until_ok(async || cache.life().await).await, life);
}
