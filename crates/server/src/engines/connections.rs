//! Connections that ports share: one for each URL, however many ports have it.

use std::sync::Arc;

use mongodb_adapter::{Connection, MongoStore};
use rabbitmq_adapter::RabbitMq;
use redis_adapter::Redis;

use super::error::{EngineError, failed};

/// What was opened so far.
#[derive(Default)]
pub(super) struct Connections {
    redis: Vec<(String, Redis)>,
    rabbit: Vec<(String, RabbitMq)>,
    mongodb: Vec<(String, Connection)>,
}

impl Connections {
    pub(super) async fn redis(
        &mut self,
        setting: &'static str,
        url: &str,
    ) -> Result<Redis, EngineError> {
        if let Some((_, redis)) = self.redis.iter().find(|(known, _)| known == url) {
            return Ok(redis.clone());
        }
        let redis = Redis::open(url).await.map_err(failed(setting, url))?;
        self.redis.push((url.to_owned(), redis.clone()));
        Ok(redis)
    }

    pub(super) async fn rabbit(
        &mut self,
        setting: &'static str,
        url: &str,
    ) -> Result<RabbitMq, EngineError> {
        if let Some((_, rabbit)) = self.rabbit.iter().find(|(known, _)| known == url) {
            return Ok(rabbit.clone());
        }
        let rabbit = RabbitMq::open(url).await.map_err(failed(setting, url))?;
        self.rabbit.push((url.to_owned(), rabbit.clone()));
        Ok(rabbit)
    }

    pub(super) async fn mongodb(
        &mut self,
        setting: &'static str,
        url: &str,
    ) -> Result<Connection, EngineError> {
        if let Some((_, connection)) = self.mongodb.iter().find(|(known, _)| known == url) {
            return Ok(connection.clone());
        }
        let connection = Connection::open(url).await.map_err(failed(setting, url))?;
        self.mongodb.push((url.to_owned(), connection.clone()));
        Ok(connection)
    }

    pub(super) async fn mongo_store(
        &mut self,
        setting: &'static str,
        url: &str,
    ) -> Result<Arc<MongoStore>, EngineError> {
        let connection = self.mongodb(setting, url).await?;
        let schema = social::events::product_schema();
        MongoStore::on(connection, schema).await.map_err(failed(setting, url))
    }
}
