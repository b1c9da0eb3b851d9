//! The contracts on MongoDB.

use std::{path::Path, sync::Arc};

use engine::contract::store::schema;
use mongodb_adapter::{GridFsBlobs, MongoStore};

use crate::support::{Place, in_turn, open, place};

mod store {
    use super::open;
    engine::store_contract!(open);
}

mod blobs {
    use super::open_blobs;
    engine::blobs_contract!(open_blobs);
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

async fn open_blobs() -> (Arc<GridFsBlobs>, Place) {
    let place = in_turn().await;
    let blobs = GridFsBlobs::open(&place.url).await.expect("the server is there");
    (Arc::new(blobs), place)
}

/// The database of a folder: its name is the folder's.
async fn open_at(folder: &Path) -> Arc<MongoStore> {
    let mut url = url::Url::parse(&place().url).expect("it is a URL");
    let name = folder.file_name().and_then(|name| name.to_str()).expect("it has a name");
    url.set_path(&name.replace('.', "_"));
    MongoStore::open(url.as_str(), schema()).await.expect("the server is there")
}
