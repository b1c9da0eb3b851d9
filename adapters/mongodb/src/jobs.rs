//! [`Queue`] and [`QueueDesk`] in the database: jobs are documents beside what caused them.
//!
//! `lease_until` says what a job does: 0, it waits; above, a worker has it until then; -1, it was given up. So one index serves
//! both who looks for work and who looks for leases that ended.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use engine::{
    queue::{DeadJob, Depth, Lane, NewJob, Queue, QueueDesk, QueueError, TakenJob},
    store::{CommitError, ReadError},
};
use futures::{FutureExt, TryStreamExt};
use mongodb::bson::{Document, doc};
use tokio::sync::Notify;

use crate::{
    MongoStore, bodies,
    error::{Fault, refused, said},
    store::{integer, most, number, time},
    transaction,
};

const WAITS: i64 = 0;
const DEAD: i64 = -1;

fn away(error: mongodb::error::Error) -> QueueError {
    QueueError(said(&error))
}

fn unread(error: ReadError) -> QueueError {
    QueueError(error.0)
}

fn job_of(document: &Document) -> NewJob {
    let text = |field| document.get_str(field).unwrap_or_default().to_owned();
    NewJob {
        key: text("_id"),
        kind: text("kind"),
        body: bodies::load(document.get("body")),
        run_at_ms: integer(document, "run_at"),
        priority: u8::try_from(integer(document, "priority")).unwrap_or(u8::MAX),
    }
}

fn attempts(document: &Document) -> u32 {
    u32::try_from(integer(document, "attempt")).unwrap_or(u32::MAX)
}

impl MongoStore {
    fn signal(&self) {
        // Wakes everyone who waits, and leaves a permit for who is just about to.
        self.pushed.notify_waiters();
        self.pushed.notify_one();
    }

    /// Changes the job that is held with this fence; whether it was.
    async fn settle(&self, key: &str, fence: u64, change: Document) -> Result<bool, QueueError> {
        let held = doc! { "_id": key, "fence": number(fence), "lease_until": { "$gt": 0 } };
        let changed = self.collection("jobs").update_one(held, change).await.map_err(away)?;
        Ok(changed.matched_count == 1)
    }

    async fn count(&self, what: Document) -> Result<u64, QueueError> {
        self.collection("jobs").count_documents(what).await.map_err(away)
    }

    async fn first(&self, what: Document, field: &str) -> Result<Option<u64>, QueueError> {
        let jobs = self.collection("jobs");
        let first = jobs.find_one(what).sort(doc! { field: 1 });
        Ok(first.await.map_err(away)?.map(|document| integer(&document, field)))
    }
}

#[async_trait]
impl Queue for MongoStore {
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let upsert = |job: &NewJob| {
            let new = doc! {
                "kind": &job.kind, "body": bodies::store(&job.body), "run_at": time(job.run_at_ms),
                "priority": i32::from(job.priority), "attempt": 0_i64, "fence": 0_i64, "lease_until": WAITS,
                "error": "",
            };
            doc! { "q": { "_id": &job.key }, "u": { "$setOnInsert": new }, "upsert": true }
        };
        let upserts: Vec<Document> = jobs.iter().map(upsert).collect();
        let pushed = transaction::run(&self.client, |session, _| {
            let command = doc! { "update": "jobs", "updates": upserts.clone(), "ordered": true };
            let database = self.database.clone();
            async move {
                let answer = database.run_command(command).session(session).await?;
                match refused(&answer) {
                    Some((_, crate::error::DUPLICATE, why)) => Err(Fault::Again(why)),
                    Some((_, _, why)) => Err(Fault::Failed(why)),
                    None => Ok(()),
                }
            }
            .boxed()
        });
        pushed.await.map_err(|error| match error {
            CommitError::Unavailable(why) => QueueError(why),
            other => QueueError(other.to_string()),
        })?;
        self.signal();
        Ok(())
    }

    async fn take(
        &self,
        lane: Lane,
        limit: usize,
        now_ms: u64,
        lease: Duration,
    ) -> Result<Vec<TakenJob>, QueueError> {
        let Some(limit) = most(limit) else { return Ok(Vec::new()) };
        let ended = doc! { "lease_until": { "$gt": 0_i64, "$lte": time(now_ms) } };
        let waits = doc! { "$set": { "lease_until": WAITS } };
        self.collection("jobs").update_many(ended, waits).await.map_err(away)?;
        let (low, high) = lane.priorities().into_inner();
        let due = doc! {
            "lease_until": WAITS, "priority": { "$gte": i32::from(low), "$lte": i32::from(high) },
            "run_at": { "$lte": time(now_ms) },
        };
        let until = now_ms.saturating_add(u64::try_from(lease.as_millis()).unwrap_or(u64::MAX));
        let order = doc! { "priority": 1, "run_at": 1, "_id": 1 };
        let again = doc! { "$inc": { "attempt": 1_i64 } };
        let taken = self.claim("jobs", due, order, limit, until, again).await.map_err(unread)?;
        let taken = taken.iter().map(|job| TakenJob {
            job: job_of(job),
            attempt: attempts(job),
            fence: integer(job, "fence"),
        });
        Ok(taken.collect())
    }

    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        let held = doc! { "_id": key, "fence": number(fence), "lease_until": { "$gt": 0_i64 } };
        let done = self.collection("jobs").delete_one(held).await.map_err(away)?;
        Ok(done.deleted_count == 1)
    }

    async fn retry(
        &self,
        key: &str,
        fence: u64,
        run_at_ms: u64,
        error: &str,
    ) -> Result<bool, QueueError> {
        let later = doc! { "lease_until": WAITS, "run_at": time(run_at_ms), "error": error };
        let retried = self.settle(key, fence, doc! { "$set": later }).await?;
        if retried {
            self.signal();
        }
        Ok(retried)
    }

    async fn bury(
        &self,
        key: &str,
        fence: u64,
        now_ms: u64,
        error: &str,
    ) -> Result<bool, QueueError> {
        let dead = doc! { "lease_until": DEAD, "died_at": time(now_ms), "error": error };
        self.settle(key, fence, doc! { "$set": dead }).await
    }

    async fn extend(&self, key: &str, fence: u64, until_ms: u64) -> Result<bool, QueueError> {
        self.settle(key, fence, doc! { "$set": { "lease_until": time(until_ms) } }).await
    }

    fn pushed(&self) -> Arc<Notify> {
        self.pushed.clone()
    }
}

#[async_trait]
impl QueueDesk for MongoStore {
    async fn depth(&self, now_ms: u64) -> Result<Depth, QueueError> {
        let now = time(now_ms);
        let expired = doc! { "lease_until": { "$gt": 0_i64, "$lte": now.clone() } };
        let due = doc! { "lease_until": WAITS, "run_at": { "$lte": now.clone() } };
        Ok(Depth {
            ready: self.count(due).await? + self.count(expired).await?,
            delayed: self
                .count(doc! { "lease_until": WAITS, "run_at": { "$gt": now.clone() } })
                .await?,
            leased: self.count(doc! { "lease_until": { "$gt": now } }).await?,
            dead: self.count(doc! { "lease_until": DEAD }).await?,
        })
    }

    async fn next_due_ms(&self) -> Result<Option<u64>, QueueError> {
        let due = self.first(doc! { "lease_until": WAITS }, "run_at").await?;
        let ends = self.first(doc! { "lease_until": { "$gt": 0_i64 } }, "lease_until").await?;
        Ok(due.into_iter().chain(ends).min())
    }

    async fn waiting(&self, after: Option<&str>, limit: usize) -> Result<Vec<NewJob>, QueueError> {
        let Some(limit) = most(limit) else { return Ok(Vec::new()) };
        let waits =
            doc! { "lease_until": { "$gte": WAITS }, "_id": { "$gt": after.unwrap_or("") } };
        let jobs = self.collection("jobs");
        let waiting = jobs.find(waits).sort(doc! { "_id": 1 }).limit(limit);
        let waiting = waiting.await.map_err(away)?.map_ok(|document| job_of(&document));
        waiting.try_collect().await.map_err(away)
    }

    async fn dead(&self, after: Option<&str>, limit: usize) -> Result<Vec<DeadJob>, QueueError> {
        let Some(limit) = most(limit) else { return Ok(Vec::new()) };
        // No key is empty, so the empty one is before all of them.
        let dead = doc! { "lease_until": DEAD, "_id": { "$gt": after.unwrap_or("") } };
        let jobs = self.collection("jobs");
        let dead = jobs.find(dead).sort(doc! { "_id": 1 }).limit(limit);
        let dead = dead.await.map_err(away)?.map_ok(|document| DeadJob {
            job: job_of(&document),
            attempts: attempts(&document),
            error: document.get_str("error").unwrap_or_default().to_owned(),
            died_at_ms: integer(&document, "died_at"),
        });
        dead.try_collect().await.map_err(away)
    }

    async fn revive(&self, key: &str, now_ms: u64) -> Result<bool, QueueError> {
        let dead = doc! { "_id": key, "lease_until": DEAD };
        let waits =
            doc! { "lease_until": WAITS, "run_at": time(now_ms), "attempt": 0_i64, "error": "" };
        let waits = doc! { "$set": waits, "$unset": { "died_at": 1 } };
        let revived = self.collection("jobs").update_one(dead, waits).await.map_err(away)?;
        if revived.matched_count == 1 {
            self.signal();
        }
        Ok(revived.matched_count == 1)
    }

    async fn drop_dead(&self, key: &str) -> Result<bool, QueueError> {
        let dead = doc! { "_id": key, "lease_until": DEAD };
        Ok(self.collection("jobs").delete_one(dead).await.map_err(away)?.deleted_count == 1)
    }
}
