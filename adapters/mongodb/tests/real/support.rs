//! Databases of tests.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use engine::contract::store::schema;
use mongodb_adapter::MongoStore;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::server::Server;

/// So many tests at a time: one server serves them all, and a stand-in lets one transaction in after the other.
static AT_ONCE: Semaphore = Semaphore::const_new(6);

/// A database that no other test has.
pub struct Place {
    pub url: String,
    _server: Option<Arc<Server>>,
    _turn: Option<SemaphorePermit<'static>>,
}

/// One on the operator's server, or on our own.
pub fn place() -> Place {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    match std::env::var("SOCIOSPHERE_TEST_STORE_URL") {
        Ok(url) => {
            let mut url = url::Url::parse(&url).expect("SOCIOSPHERE_TEST_STORE_URL is a URL");
            url.set_path(&name);
            Place { url: url.into(), _server: None, _turn: None }
        }
        Err(_) => {
            let server = Server::shared();
            Place { url: server.url(&name), _server: Some(server), _turn: None }
        }
    }
}

/// A store in a database of its own.
pub async fn open() -> (Arc<MongoStore>, Place) {
    let place = in_turn().await;
    let store = MongoStore::open(&place.url, schema()).await.expect("the server is there");
    (store, place)
}

/// A place of a test that waits for its turn.
pub async fn in_turn() -> Place {
    let turn = AT_ONCE.acquire().await.expect("it is never closed");
    Place { _turn: Some(turn), ..place() }
}
