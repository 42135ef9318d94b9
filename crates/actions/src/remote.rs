//! What actions need of the network, and no more: `federation` does it, `server` hands it in.

use std::time::Duration;

use kontor_domain::{
    event::Event,
    ids::{AccountId, PostId},
    text::Handle,
};
use kontor_store::{Tx, posts::Post};

use crate::{App, Result, accounts::Account};

/// What an address turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Account(AccountId),
    Post(PostId),
}

/// How much of a file is taken, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileBounds {
    pub bytes: usize,
    pub time: Duration,
}

#[async_trait::async_trait]
pub trait Remote: Send + Sync + 'static {
    /// Looks a remote account up by its handle (WebFinger, then its actor) and keeps it here. `None`: there is none.
    async fn resolve_handle(&self, app: &App, handle: &Handle) -> Result<Option<AccountId>>;

    /// May anything be sent to this host, or asked of it? By the rules as they are known just now.
    fn speaks_with(&self, host: &str) -> bool;

    /// Writes what goes to other servers of a post that is made in this transaction, in no community.
    fn publish(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        post: &Post,
        mentioned: &[AccountId],
    ) -> Result<()>;

    /// Writes what goes to other servers because of what happens in this transaction.
    fn tell(&self, app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()>;

    /// Fetches what stands at an address, an actor or a post or the page of one, and keeps it here.
    async fn resolve_url(&self, app: &App, url: &url::Url) -> Result<Option<Found>>;

    /// May this file of an account, known by its id and the domain of its handle, be fetched and shown? By the rules as they are
    /// known just now.
    fn takes_file(&self, account: &str, domain: Option<&str>, url: &url::Url) -> bool;

    /// Who asks to join a community elsewhere, as its server tells its moderators; whoever is unknown here is looked up, as far as that
    /// is bounded. `None`: it tells nobody.
    async fn join_requests(&self, app: &App, group: &Account) -> Result<Option<Vec<AccountId>>>;

    /// The bytes at an address, whatever they are. Fails with `NotFound` where there are none that are taken, and with `Remote`
    /// where there may be later.
    async fn fetch_file(&self, app: &App, url: &url::Url, bounds: FileBounds) -> Result<Vec<u8>>;
}
