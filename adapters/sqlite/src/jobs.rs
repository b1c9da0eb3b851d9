//! [`Queue`] and [`QueueDesk`] on the tables: jobs are rows beside what caused them.
//!
//! A job waits (`lease_until` is 0) or is leased; each has its index, so that neither many delayed jobs nor
//! many running ones slow a take down. Priorities are few: a take looks at each one that has jobs.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use engine::{
    queue::{DeadJob, Depth, Lane, NewJob, Queue, QueueDesk, QueueError, TakenJob},
    store::CommitError,
};
use rusqlite::{Connection, OptionalExtension, Row};
use tokio::sync::Notify;

use crate::{
    SqliteStore,
    apply::{body, number, time},
    error::Fault,
    sql,
    store::{bytes, fences, most, unavailable, unsigned},
    writer::Tx,
};

impl SqliteStore {
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, QueueError> {
        let answer = self.writer.write(work).await;
        answer.map_err(|error: CommitError| QueueError(unavailable(error).0))
    }

    fn ask<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, QueueError> {
        self.readers.read(read).map_err(|error| QueueError(error.0))
    }

    fn signal(&self) {
        // Wakes everyone who waits, and leaves a permit for who is just about to.
        self.pushed.notify_waiters();
        self.pushed.notify_one();
    }
}

fn job(row: &Row) -> rusqlite::Result<NewJob> {
    Ok(NewJob {
        key: row.get(0)?,
        kind: row.get(1)?,
        body: bytes(row, 2)?,
        run_at_ms: unsigned(row, 3)?,
        priority: row.get(4)?,
    })
}

/// The priorities that have waiting jobs, most urgent first: each one is found by one step in the index.
fn priorities(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut next = connection.prepare_cached(sql::NEXT_PRIORITY)?;
    let mut found = Vec::new();
    let mut last = -1;
    while let Some(priority) = next.query_row([last], |row| row.get::<_, Option<i64>>(0))? {
        found.push(priority);
        last = priority;
    }
    Ok(found)
}

#[async_trait]
impl Queue for SqliteStore {
    async fn push(&self, jobs: Vec<NewJob>) -> Result<(), QueueError> {
        let work = move |tx: &mut Tx| {
            let mut dead = tx.connection.prepare_cached(sql::DEAD_KEY)?;
            let mut insert = tx.connection.prepare_cached(sql::INSERT_JOB)?;
            for job in &jobs {
                if !dead.exists([&job.key])? {
                    let run_at = time(job.run_at_ms);
                    insert.execute((&job.key, &job.kind, body(&job.body), run_at, job.priority))?;
                }
            }
            Ok(())
        };
        self.work(work).await?;
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
        let now = time(now_ms);
        let until = time(now_ms.saturating_add(lease.as_millis() as u64));
        let work = move |tx: &mut Tx| {
            tx.connection.prepare_cached(sql::END_LEASES)?.execute([now])?;
            let mut taken: Vec<TakenJob> = Vec::new();
            let mut due = tx.connection.prepare_cached(sql::DUE_JOBS)?;
            let lane = |priority: &i64| {
                u8::try_from(*priority).is_ok_and(|p| lane.priorities().contains(&p))
            };
            for priority in priorities(tx.connection)?.into_iter().filter(lane) {
                let left = most(limit - taken.len());
                let job = |row: &Row| {
                    let attempt = row.get::<_, u32>(5)? + 1;
                    Ok(TakenJob { job: job(row)?, attempt, fence: 0 })
                };
                for job in due.query_map((priority, now, left), job)? {
                    taken.push(job?);
                }
                if taken.len() >= limit {
                    break;
                }
            }
            if taken.is_empty() {
                return Ok(taken);
            }
            let first = fences(tx, taken.len())?;
            let mut take = tx.connection.prepare_cached(sql::TAKE_JOB)?;
            for (job, fence) in taken.iter_mut().zip(first..) {
                take.execute((&job.job.key, until, fence))?;
                job.fence = fence.unsigned_abs();
            }
            Ok(taken)
        };
        self.work(work).await
    }

    async fn done(&self, key: &str, fence: u64) -> Result<bool, QueueError> {
        let key = key.to_owned();
        let work = move |tx: &mut Tx| {
            let mut done = tx.connection.prepare_cached(sql::DONE_JOB)?;
            Ok(done.execute((key, number(fence)))? == 1)
        };
        self.work(work).await
    }

    async fn retry(
        &self,
        key: &str,
        fence: u64,
        run_at_ms: u64,
        error: &str,
    ) -> Result<bool, QueueError> {
        let (key, error) = (key.to_owned(), error.to_owned());
        let work = move |tx: &mut Tx| {
            let mut retry = tx.connection.prepare_cached(sql::RETRY_JOB)?;
            Ok(retry.execute((key, number(fence), time(run_at_ms), error))? == 1)
        };
        let retried = self.work(work).await?;
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
        let (key, error) = (key.to_owned(), error.to_owned());
        let work = move |tx: &mut Tx| {
            let mut bury = tx.connection.prepare_cached(sql::BURY_JOB)?;
            if bury.execute((&key, number(fence), time(now_ms), error))? == 0 {
                return Ok(false);
            }
            tx.connection.prepare_cached(sql::DONE_JOB)?.execute((&key, number(fence)))?;
            Ok(true)
        };
        self.work(work).await
    }

    async fn extend(&self, key: &str, fence: u64, until_ms: u64) -> Result<bool, QueueError> {
        let key = key.to_owned();
        let work = move |tx: &mut Tx| {
            let mut extend = tx.connection.prepare_cached(sql::EXTEND_JOB)?;
            Ok(extend.execute((key, number(fence), time(until_ms)))? == 1)
        };
        self.work(work).await
    }

    fn pushed(&self) -> Arc<Notify> {
        self.pushed.clone()
    }
}

#[async_trait]
impl QueueDesk for SqliteStore {
    async fn depth(&self, now_ms: u64) -> Result<Depth, QueueError> {
        let now = time(now_ms);
        self.ask(|connection| {
            let count = |sql: &str, params: &[i64]| {
                let params = rusqlite::params_from_iter(params);
                connection.prepare_cached(sql)?.query_row(params, |row| unsigned(row, 0))
            };
            let mut depth = Depth {
                ready: count(sql::COUNT_EXPIRED, &[now])?,
                delayed: 0,
                leased: count(sql::COUNT_LEASED, &[now])?,
                dead: count("SELECT count(*) FROM dead_jobs", &[])?,
            };
            for priority in priorities(connection)? {
                depth.ready += count(sql::COUNT_READY, &[priority, now])?;
                depth.delayed += count(sql::COUNT_DELAYED, &[priority, now])?;
            }
            Ok(depth)
        })
    }

    async fn next_due_ms(&self) -> Result<Option<u64>, QueueError> {
        self.ask(|connection| {
            let mut run = connection.prepare_cached(sql::NEXT_RUN)?;
            let mut lease_end = connection.prepare_cached(sql::NEXT_LEASE_END)?;
            let mut next = lease_end.query_row([], |row| row.get::<_, Option<i64>>(0))?;
            for priority in priorities(connection)? {
                let due =
                    run.query_row([priority], |row| row.get::<_, Option<i64>>(0)).optional()?;
                next = next.into_iter().chain(due.flatten()).min();
            }
            Ok(next.map(i64::unsigned_abs))
        })
    }

    async fn waiting(&self, after: Option<&str>, limit: usize) -> Result<Vec<NewJob>, QueueError> {
        // No key is empty, so the empty one is before all of them.
        let after = after.unwrap_or("");
        self.ask(|connection| {
            let mut list = connection.prepare_cached(sql::WAITING_JOBS)?;
            list.query_map((after, most(limit)), job)?.collect()
        })
    }

    async fn dead(&self, after: Option<&str>, limit: usize) -> Result<Vec<DeadJob>, QueueError> {
        let dead = |row: &Row| {
            let (attempts, error, died_at_ms) = (row.get(5)?, row.get(6)?, unsigned(row, 7)?);
            Ok(DeadJob { job: job(row)?, attempts, error, died_at_ms })
        };
        // No key is empty, so the empty one is before all of them.
        let after = after.unwrap_or("");
        self.ask(|connection| {
            let mut list = connection.prepare_cached(sql::DEAD_JOBS)?;
            list.query_map((after, most(limit)), dead)?.collect()
        })
    }

    async fn revive(&self, key: &str, now_ms: u64) -> Result<bool, QueueError> {
        let key = key.to_owned();
        let work = move |tx: &mut Tx| {
            let mut revive = tx.connection.prepare_cached(sql::REVIVE_JOB)?;
            if revive.execute((&key, time(now_ms)))? == 0 {
                return Ok(false);
            }
            tx.connection.prepare_cached(sql::DROP_DEAD)?.execute([&key])?;
            Ok(true)
        };
        let revived = self.work(work).await?;
        if revived {
            self.signal();
        }
        Ok(revived)
    }

    async fn drop_dead(&self, key: &str) -> Result<bool, QueueError> {
        let key = key.to_owned();
        let work = move |tx: &mut Tx| {
            Ok(tx.connection.prepare_cached(sql::DROP_DEAD)?.execute([key])? == 1)
        };
        self.work(work).await
    }
}
