//! People who all know one another: some groups of all, and a chat of each two neighbours.

use std::{net::SocketAddr, path::Path, sync::Arc};

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    socket::{Dialect, Socket},
    tally::Tally,
};
use crate::{
    Failure,
    data::{self, Known, Size},
    workload::copy_folder,
};

/// Requests and handshakes at once.
const AT_ONCE: usize = 16;
/// Most people who are invited at a time.
const AT_A_TIME: usize = 50;

/// A community on a copy of its data.
pub struct Community {
    folder: TempDir,
    known: Known,
    groups: Vec<String>,
    conversations: Vec<String>,
}

impl Community {
    /// Its people.
    pub async fn ready(root: &Path, people: usize) -> Result<Community, Failure> {
        let size = Size { accounts: people, follows: 5, posts: 200, likes: 20 };
        let (folder, known) = data::ready(root, size).await?;
        let copy = tempfile::tempdir_in(root)?;
        copy_folder(&folder, copy.path())?;
        Ok(Community { folder: copy, known, groups: Vec::new(), conversations: Vec::new() })
    }

    /// Where its data lie.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Everybody follows who invites, and comes in at once; neighbours follow each other and open a chat.
    pub async fn met(mut self, address: SocketAddr, groups: usize) -> Result<Community, Failure> {
        let client = reqwest::Client::new();
        let ask = |by: usize, path: String, body: Value| {
            let token = self.known.tokens[by].clone();
            let request =
                client.post(format!("http://{address}{path}")).bearer_auth(token).json(&body);
            async move {
                let answer = request.send().await?;
                let status = answer.status();
                let text = answer.text().await?;
                match status.is_success() {
                    true => Ok::<Value, Failure>(serde_json::from_str(&text)?),
                    false => Err(format!("{path}: {status} {text}").into()),
                }
            }
        };
        let accounts = &self.known.accounts;
        let people = accounts.len();
        let follows = (1..people).map(|by| (by, 0)).chain((0..people).flat_map(|by| {
            let (before, after) = ((by + people - 1) % people, (by + 1) % people);
            [(by, before), (by, after)]
        }));
        let follows = follows.map(|(by, whom)| {
            ask(by, format!("/api/v1/accounts/{}/follow", accounts[whom]), json!({}))
        });
        stream::iter(follows).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
        let id = |answer: &Value| {
            let id = answer["chat"]["id"].as_str().map(str::to_owned);
            id.ok_or_else(|| Failure::from(format!("no chat: {answer}")))
        };
        for number in 0..groups {
            let mut others = accounts[1..].chunks(AT_A_TIME);
            let first = json!({ "name": format!("All {number}"), "account_ids": others.next() });
            let group = id(&ask(0, "/api/sociosphere/v1/chats/groups".to_owned(), first).await?)?;
            for some in others {
                let members = format!("/api/sociosphere/v1/chats/{group}/members");
                ask(0, members, json!({ "account_ids": some })).await?;
            }
            self.groups.push(group);
        }
        let opened = (0..people).map(|by| {
            let other = json!({ "account_id": accounts[(by + 1) % people] });
            ask(by, "/api/sociosphere/v1/chats".to_owned(), other)
        });
        let opened: Vec<Value> = stream::iter(opened).buffered(AT_ONCE).try_collect().await?;
        let conversations = opened.iter().map(id).collect::<Result<_, _>>()?;
        self.conversations = conversations;
        Ok(self)
    }

    /// A chat of all.
    pub fn group(&self, number: usize) -> &str {
        &self.groups[number]
    }

    /// The chat of this one and their neighbour, and who that is.
    pub fn conversation(&self, by: usize) -> (&str, usize) {
        (&self.conversations[by], (by + 1) % self.conversations.len())
    }

    /// So many sockets of each, side by side.
    pub async fn sockets(
        &self,
        address: SocketAddr,
        of_each: usize,
        tally: &Arc<Tally>,
    ) -> Result<Vec<Socket>, Failure> {
        let tokens = self.known.tokens.iter().enumerate();
        let opened = tokens.flat_map(|one| std::iter::repeat_n(one, of_each)).map(|(by, token)| {
            Socket::open(address, Dialect::SocketIo(token.clone()), by, tally.clone())
        });
        stream::iter(opened).buffered(AT_ONCE).try_collect().await
    }
}
