//! Accounts of other servers are read again when they are used and what is known is old; one that its server says is gone is
//! forgotten.

use std::{sync::Arc, time::Duration};

use kontor_actions::{
    App, Result,
    accounts::{self, Account},
    follows,
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{Tx, jobs};

use crate::{
    Federation, featuring,
    fetch::{Budget, Failure},
    settings::Settings,
};

pub(crate) const QUEUE: &str = "refresh";

/// Is it time to read an account again that is used?
pub(crate) fn is_due(app: &App, settings: &Settings, account: &Account) -> bool {
    let stale =
        chrono::Duration::from_std(settings.refresh_after).unwrap_or(chrono::Duration::days(1));
    account.fetched_at.is_none_or(|at| at + stale < app.now())
}

pub(crate) fn enqueue(app: &App, tx: &mut Tx<'_>, account: &Account) -> Result<()> {
    app.enqueue(tx, QUEUE, Some(&account.uri), account.uri.clone())
}

/// Then its server is believed to be away.
const ATTEMPTS: u32 = 3;

/// Accounts of one inbox that are read again at a time: a server that is gone may have had thousands, and each later answer of
/// its inbox brings some more.
const OF_INBOX: i64 = 10;

/// Its server says that the inbox is gone: those who had it are read again, if that was not done lately.
pub(crate) fn enqueue_of_inbox(
    app: &App,
    tx: &mut Tx<'_>,
    settings: &Settings,
    inbox: &str,
) -> Result<()> {
    let stale =
        chrono::Duration::from_std(settings.refresh_after).unwrap_or(chrono::Duration::days(1));
    let before = app.now() - stale;
    for account in kontor_store::inboxes::accounts_of(tx, inbox, before, OF_INBOX)? {
        if !jobs::waits(tx, QUEUE, &account.uri)? {
            enqueue(app, tx, &account)?;
        }
    }
    Ok(())
}

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Refresh {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: 2,
        attempts: ATTEMPTS,
        timeout: Duration::from_secs(30),
        backoff: Backoff {
            first: Duration::from_secs(60),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Refresh {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Refresh {
    async fn run(&self, job: &Job) -> Outcome {
        let why = match self.read_again(&job.payload).await {
            Ok(()) => return Outcome::Done,
            Err(why) => why,
        };
        let tried = u32::try_from(job.attempts).map_or(u32::MAX, |before| before.saturating_add(1));
        if why.is_transient() && tried < ATTEMPTS {
            return Outcome::Later {
                after: None,
                why: why.to_string(),
            };
        }
        tracing::debug!(uri = job.payload, reason = %why, "an account cannot be read again");
        match self.tried(&job.payload).await {
            Ok(()) => Outcome::Done,
            Err(why) => Outcome::Later {
                after: None,
                why: why.to_string(),
            },
        }
    }
}

impl Refresh {
    /// It is left alone as long as if it had been read: others come first.
    async fn tried(&self, uri: &str) -> Result<()> {
        let (uri, now) = (uri.to_owned(), self.app.now());
        self.app
            .store
            .write(move |tx| Ok(kontor_store::accounts::set_fetched(tx, &uri, now)?))
            .await
    }

    /// What it recommends is read again too, if somebody here follows it.
    async fn read_collections(&self, account: &Account) -> Result<()> {
        if account.featured_collections_url.is_none()
            || !follows::has_local_follower(&self.app, account.id).await?
        {
            return Ok(());
        }
        let (app, ask) = (self.app.clone(), featuring::Ask::all(account.id));
        self.app
            .store
            .write(move |tx| featuring::enqueue(&app, tx, &ask))
            .await
    }

    async fn read_again(&self, uri: &str) -> std::result::Result<(), Failure> {
        let (app, federation) = (&self.app, &self.federation);
        let Some(account) = accounts::by_uri(app, uri.to_owned()).await? else {
            return Ok(());
        };
        let old = chrono::Duration::from_std(federation.settings.refresh_after)
            .unwrap_or(chrono::Duration::days(1));
        // Several may have been asked for at once.
        if account.is_local() || account.fetched_at.is_some_and(|at| at + old > app.now()) {
            return Ok(());
        }
        let budget = Budget::new(&federation.settings);
        match federation.refresh(app, uri, &budget).await {
            Ok(account) => {
                federation.read_moderators(app, &account, &budget).await;
                self.read_collections(&account).await?;
                Ok(())
            }
            Err(Failure::Gone) => {
                federation.keys.forget(&account.public_key_id);
                accounts::forget_remote(app, uri.to_owned()).await?;
                Ok(())
            }
            Err(why) => Err(why),
        }
    }
}
