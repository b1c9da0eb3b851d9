//! Connecting: what a URL must have, and what a server must be.

use std::time::{Duration, Instant};

use mongodb::{
    Client, Database,
    bson::{Document, doc},
    event::{EventHandler, command::CommandEvent},
    options::{ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern},
};

use crate::error::OpenError;

/// A process holds at most so many connections, unless the URL says another number.
const POOL: u32 = 100;
/// So long a primary is looked for, unless the URL says another time.
const SELECTION: Duration = Duration::from_secs(5);
/// Versions from which collections may be made, and all that is used here works, inside transactions.
const OLDEST: (u32, u32) = (4, 4);

/// A client, and the database that the URL names.
#[derive(Clone, Debug)]
pub struct Connection {
    pub(crate) client: Client,
    pub(crate) database: Database,
    version: String,
    replicated: bool,
}

/// What an operator wants to know of a server.
#[derive(Clone, Debug)]
pub struct Health {
    /// Its version.
    pub version: String,
    /// How long it takes to answer.
    pub latency: Duration,
    /// Whether it has transactions.
    pub transactions: bool,
}

impl Connection {
    /// Connects, and asks who is there.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, None).await
    }

    /// Like [`Connection::open`], and `seen` hears the name of each command before it is sent, and of which collection it is
    /// (the driver copies each command for that: it is for tests and measurements).
    pub async fn observed(
        url: &str,
        seen: impl Fn(&str, &str) + Send + Sync + 'static,
    ) -> Result<Self, OpenError> {
        let handler = move |event| {
            if let CommandEvent::Started(started) = event {
                let (name, command) = (&started.command_name, &started.command);
                let of = command.get_str(name).or_else(|_| command.get_str("collection"));
                seen(name, of.unwrap_or_default());
            }
        };
        Self::open_with(url, Some(EventHandler::callback(handler))).await
    }

    async fn open_with(
        url: &str,
        handler: Option<EventHandler<CommandEvent>>,
    ) -> Result<Self, OpenError> {
        let mut options = ClientOptions::parse(url)
            .await
            .map_err(|error| OpenError::Url(crate::error::said(&error)))?;
        let name = options.default_database.clone().ok_or(OpenError::NoDatabase)?;
        options.max_pool_size.get_or_insert(POOL);
        options.server_selection_timeout.get_or_insert(SELECTION);
        options.connect_timeout.get_or_insert(SELECTION);
        options.app_name.get_or_insert_with(|| "sociosphere".to_owned());
        options.command_event_handler = handler;
        // Not for the URL to change: what was written is there, for everybody.
        options.write_concern = Some(WriteConcern::majority());
        options.read_concern = Some(ReadConcern::local());
        options.selection_criteria =
            Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        let client = Client::with_options(options)?;
        let database = client.database(&name);

        let hello = database.run_command(doc! { "hello": 1 }).await?;
        let build = database.run_command(doc! { "buildInfo": 1 }).await?;
        let version = build.get_str("version").unwrap_or("0").to_owned();
        let connection = Self { replicated: replicated(&hello), client, database, version };
        if connection.number() < OLDEST {
            return Err(OpenError::Old { found: connection.version });
        }
        Ok(connection)
    }

    /// Refuses a server that has no transactions.
    pub fn check_transactions(&self) -> Result<(), OpenError> {
        if self.replicated { Ok(()) } else { Err(OpenError::Alone) }
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The database that the URL names.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Asks how it is.
    pub async fn health(&self) -> Result<Health, OpenError> {
        let began = Instant::now();
        self.database.run_command(doc! { "ping": 1 }).await?;
        Ok(Health {
            version: self.version.clone(),
            latency: began.elapsed(),
            transactions: self.replicated,
        })
    }

    fn number(&self) -> (u32, u32) {
        let mut parts = self.version.split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }
}

/// A member of a replica set, or a router of a cluster.
fn replicated(hello: &Document) -> bool {
    hello.contains_key("setName") || hello.get_str("msg").is_ok_and(|said| said == "isdbgrid")
}
