//! Migrations: a kill at every statement, and files from the future.

use std::{fs, path::Path};

use rusqlite::Connection;

use super::{commit, has, open_at, put};
use crate::{
    OpenError, connection,
    migrations::{ALL, Migration, migrate},
};

/// The real migrations, and one that changes what they made.
fn with_a_next_one() -> Vec<Migration> {
    let real = ALL.iter().map(|m| Migration {
        version: m.version,
        name: m.name,
        statements: m.statements,
    });
    let next = Migration {
        version: ALL.len() as u32 + 1,
        name: "a test",
        statements: &[
            "ALTER TABLE nodes ADD COLUMN more INTEGER NOT NULL DEFAULT 7",
            "UPDATE nodes SET more = id * 2",
            "CREATE INDEX nodes_by_more ON nodes (more)",
        ],
    };
    real.chain([next]).collect()
}

/// What tells two files apart: their tables, their versions, their rows.
fn content(connection: &Connection) -> Vec<String> {
    let sql = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL
               UNION ALL SELECT version || ' ' || name FROM migrations
               UNION ALL SELECT name || ' ' || n FROM counters
               UNION ALL SELECT id || ' ' || more FROM nodes ORDER BY 1";
    let mut rows = connection.prepare(sql).unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// The files as a kill at this moment leaves them.
fn as_killed(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for name in ["test.db", "test.db-wal"] {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

#[test]
fn a_kill_at_any_statement_leaves_a_file_that_the_next_start_finishes() {
    let folder = tempfile::tempdir().unwrap();
    let migrations = with_a_next_one();
    let living = folder.path().join("living");
    fs::create_dir(&living).unwrap();
    let mut connection = connection::writing(&living.join("test.db")).unwrap();
    let mut kills = 0;
    migrate(&mut connection, &migrations, &mut |_| {
        as_killed(&living, &folder.path().join(format!("killed {kills}")));
        kills += 1;
        Ok(())
    })
    .unwrap();
    let expected = content(&connection);
    assert!(kills > 20, "{kills}");
    for kill in 0..kills {
        let path = folder.path().join(format!("killed {kill}")).join("test.db");
        let mut connection = connection::writing(&path).unwrap();
        migrate(&mut connection, &migrations, &mut |_| Ok(())).unwrap();
        assert_eq!(content(&connection), expected, "killed at statement {kill}");
    }
}

#[test]
fn an_error_at_any_statement_leaves_the_version_before() {
    let migrations = with_a_next_one();
    for stop in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let mut connection = connection::writing(&path).unwrap();
        let mut statement = 0;
        let stopped = migrate(&mut connection, &migrations, &mut |_| {
            statement += 1;
            match statement > stop {
                true => Err(OpenError::OldSqlite("made up".to_owned())),
                false => Ok(()),
            }
        });
        drop(connection);
        let mut connection = connection::writing(&path).unwrap();
        let whole = "PRAGMA integrity_check";
        assert_eq!(connection.query_row(whole, [], |row| row.get::<_, String>(0)).unwrap(), "ok");
        migrate(&mut connection, &migrations, &mut |_| Ok(())).unwrap();
        assert_eq!(content(&connection).iter().filter(|line| line.ends_with(" a test")).count(), 1);
        if stopped.is_ok() {
            assert!(stop > 20, "{stop}");
            break;
        }
    }
}

#[tokio::test]
async fn a_file_of_a_newer_binary_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let store = open_at(folder.path()).await;
    commit(&store, vec![put(1, "{}")]).await.unwrap();
    drop(store);
    let future = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    future("INSERT INTO migrations VALUES (99, 'the future', '')");
    let before = fs::read(&path).unwrap();
    let refusal = crate::open(&path, engine::contract::store::schema()).err().unwrap();
    assert!(matches!(refusal, OpenError::Newer { found: 99, known: 1 }), "{refusal}");
    assert_eq!(fs::read(&path).unwrap(), before);
    future("DELETE FROM migrations WHERE version = 99");
    assert!(has(&*open_at(folder.path()).await, 1).await);
}
