//! What actions need of the network, and no more: `federation` does it, `server` hands it in.

use kontor_domain::{
    ids::{AccountId, PostId},
    text::Handle,
};

use crate::{App, Result};

/// What an address turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Account(AccountId),
    Post(PostId),
}

#[async_trait::async_trait]
pub trait Remote: Send + Sync + 'static {
    /// Looks a remote account up by its handle (WebFinger, then its actor) and keeps it here. `None`: there is none.
    async fn resolve_handle(&self, app: &App, handle: &Handle) -> Result<Option<AccountId>>;

    /// May anything be sent to this host, or asked of it? By the rules as they are known just now.
    fn speaks_with(&self, host: &str) -> bool;

    /// Fetches what stands at an address, an actor or a post or the page of one, and keeps it here.
    async fn resolve_url(&self, app: &App, url: &url::Url) -> Result<Option<Found>>;
}
