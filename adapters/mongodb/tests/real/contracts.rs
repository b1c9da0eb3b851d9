//! The contracts on MongoDB.

use std::{path::Path, sync::Arc};

use engine::contract::store::schema;
use mongodb_adapter::MongoStore;

use crate::support::{open, place};

mod store {
    use super::open;
    engine::store_contract!(open);
}

mod queue {
    use super::open;
    engine::queue_contract!(open);
}

mod durable {
    use super::open_at;
    engine::durable_store_contract!(open_at);
    engine::durable_queue_contract!(open_at);
}

/// The database of a folder: its name is the folder's.
async fn open_at(folder: &Path) -> Arc<MongoStore> {
    let mut url = url::Url::parse(&place().url).expect("it is a URL");
    let name = folder.file_name().and_then(|name| name.to_str()).expect("it has a name");
    url.set_path(&name.replace('.', "_"));
    MongoStore::open(url.as_str(), schema()).await.expect("the server is there")
}
