//! The statements that serve requests and workers. Each one finds its rows by an index; a test asks SQLite.

macro_rules! statements {
    ($($name:ident = $sql:literal;)*) => {
        $(pub const $name: &str = $sql;)*

        /// All of them.
        #[cfg(test)]
        pub const ALL: &[&str] = &[$($name),*];
    };
}

statements! {
    NODE = "SELECT version, body FROM nodes WHERE id = ?1 AND kind = ?2";
    NODE_STATE = "SELECT kind, version FROM nodes WHERE id = ?1";
    INSERT_NODE = "INSERT INTO nodes (id, kind, version, body) VALUES (?1, ?2, 1, ?3)";
    IMPORT_NODE = "INSERT INTO nodes (id, kind, version, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    UPDATE_NODE = "UPDATE nodes SET version = ?2, body = ?3 WHERE id = ?1";
    DELETE_NODE = "DELETE FROM nodes WHERE id = ?1";
    SCAN_NODES =
        "SELECT id, version, body FROM nodes WHERE kind = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

    EDGE = "SELECT ord, flags, data FROM edges WHERE from_id = ?1 AND kind = ?2 AND to_id = ?3";
    EDGE_PLACE = "SELECT ord FROM edges WHERE from_id = ?1 AND kind = ?2 AND to_id = ?3";
    NEWEST = "SELECT ord, to_id, flags, data FROM edges \
              WHERE from_id = ?1 AND kind = ?2 AND ord BETWEEN ?3 AND ?4 ORDER BY ord DESC LIMIT ?5";
    OLDEST = "SELECT ord, to_id, flags, data FROM edges \
              WHERE from_id = ?1 AND kind = ?2 AND ord BETWEEN ?3 AND ?4 ORDER BY ord LIMIT ?5";
    INSERT_EDGE = "INSERT INTO edges (from_id, kind, ord, to_id, flags, data) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    DELETE_EDGE = "DELETE FROM edges WHERE from_id = ?1 AND kind = ?2 AND ord = ?3";
    MOVE_EDGE =
        "UPDATE OR IGNORE edges SET ord = ?4 WHERE from_id = ?1 AND kind = ?2 AND ord = ?3";
    FLAG_EDGE = "UPDATE edges SET flags = ?4 WHERE from_id = ?1 AND kind = ?2 AND ord = ?3";
    ANNOTATE_EDGE = "UPDATE edges SET data = ?4 WHERE from_id = ?1 AND kind = ?2 AND ord = ?3";
    SCAN_EDGES = "SELECT from_id, kind, to_id, ord, flags, data FROM edges \
                  WHERE (from_id, kind, to_id) > (?1, ?2, ?3) ORDER BY from_id, kind, to_id LIMIT ?4";

    COUNT = "SELECT n FROM counts WHERE from_id = ?1 AND kind = ?2";
    ADD_COUNT = "INSERT INTO counts (from_id, kind, n) VALUES (?1, ?2, ?3) \
                 ON CONFLICT DO UPDATE SET n = n + excluded.n";

    KEY = "SELECT id FROM keys WHERE space = ?1 AND name = ?2";
    INSERT_KEY = "INSERT INTO keys (space, name, id) VALUES (?1, ?2, ?3)";
    IMPORT_KEY = "INSERT INTO keys (space, name, id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    DELETE_KEY = "DELETE FROM keys WHERE space = ?1 AND name = ?2 AND id = ?3";
    SCAN_KEYS = "SELECT space, name, id FROM keys \
                 WHERE (space, name) > (?1, ?2) ORDER BY space, name LIMIT ?3";
    SEQUENCE = "INSERT INTO sequences (space, name, n) VALUES (?1, ?2, 1) \
                ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n";

    INSERT_EVENT =
        "INSERT INTO outbox (id, topic, body) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    // Oldest first, until the limit: the events that others hold are few and soon gone.
    FREE_EVENTS =
        "SELECT id, topic, body FROM outbox WHERE id > 0 AND lease_until <= ?1 ORDER BY id LIMIT ?2";
    LEASE_EVENT = "UPDATE outbox SET lease_until = ?2, fence = ?3 WHERE id = ?1";
    SETTLE_EVENT = "DELETE FROM outbox WHERE id = ?1 AND fence = ?2 AND fence <> 0";
    FENCES = "UPDATE counters SET n = n + ?1 WHERE name = 'fence' RETURNING n";

    DEAD_KEY = "SELECT 1 FROM dead_jobs WHERE key = ?1";
    INSERT_JOB = "INSERT INTO jobs (key, kind, body, run_at, priority) VALUES (?1, ?2, ?3, ?4, ?5) \
                  ON CONFLICT DO NOTHING";
    END_LEASES = "UPDATE jobs SET lease_until = 0 WHERE lease_until > 0 AND lease_until <= ?1";
    NEXT_PRIORITY = "SELECT min(priority) FROM jobs WHERE lease_until = 0 AND priority > ?1";
    DUE_JOBS = "SELECT key, kind, body, run_at, priority, attempt FROM jobs \
                WHERE lease_until = 0 AND priority = ?1 AND run_at <= ?2 ORDER BY run_at, key LIMIT ?3";
    TAKE_JOB = "UPDATE jobs SET lease_until = ?2, fence = ?3, attempt = attempt + 1 WHERE key = ?1";
    DONE_JOB = "DELETE FROM jobs WHERE key = ?1 AND fence = ?2 AND fence <> 0";
    RETRY_JOB = "UPDATE jobs SET lease_until = 0, fence = 0, run_at = ?3, error = ?4 \
                 WHERE key = ?1 AND fence = ?2 AND fence <> 0";
    EXTEND_JOB =
        "UPDATE jobs SET lease_until = ?3 WHERE key = ?1 AND fence = ?2 AND fence <> 0";
    BURY_JOB = "INSERT INTO dead_jobs (key, kind, body, run_at, priority, attempts, error, died_at) \
                SELECT key, kind, body, run_at, priority, attempt, ?4, ?3 FROM jobs \
                WHERE key = ?1 AND fence = ?2 AND fence <> 0";
    REVIVE_JOB = "INSERT INTO jobs (key, kind, body, run_at, priority) \
                  SELECT key, kind, body, ?2, priority FROM dead_jobs WHERE key = ?1";
    DROP_DEAD = "DELETE FROM dead_jobs WHERE key = ?1";
    DEAD_JOBS = "SELECT key, kind, body, run_at, priority, attempts, error, died_at FROM dead_jobs \
                 WHERE key > ?1 ORDER BY key LIMIT ?2";
    WAITING_JOBS = "SELECT key, kind, body, run_at, priority FROM jobs \
                    WHERE key > ?1 ORDER BY key LIMIT ?2";
    COUNT_READY =
        "SELECT count(*) FROM jobs WHERE lease_until = 0 AND priority = ?1 AND run_at <= ?2";
    COUNT_DELAYED =
        "SELECT count(*) FROM jobs WHERE lease_until = 0 AND priority = ?1 AND run_at > ?2";
    COUNT_LEASED = "SELECT count(*) FROM jobs WHERE lease_until > ?1 AND lease_until > 0";
    COUNT_EXPIRED = "SELECT count(*) FROM jobs WHERE lease_until > 0 AND lease_until <= ?1";
    NEXT_RUN = "SELECT min(run_at) FROM jobs WHERE lease_until = 0 AND priority = ?1";
    NEXT_LEASE_END = "SELECT min(lease_until) FROM jobs WHERE lease_until > 0";
}
