//! What software a member's server runs, asked once when somebody there joins: by it we know whether it understands what groups pass on
//! (FEP-1b12). Servers that say so in their actors need not be asked.

use std::{sync::Arc, time::Duration};

use kontor_actions::{App, Result};
use kontor_domain::{account::AccountKind, ids::FollowId, site::authority_of};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{Tx, accounts, follows, group_hosts};

use crate::{Federation, fetch::Budget};

const QUEUE: &str = "group_servers";

/// Names in NodeInfo.
const AWARE: [&str; 6] = ["lemmy", "piefed", "mbin", "nodebb", "mitra", "kontor"];

/// With the acceptance of a follow from elsewhere.
pub(crate) fn enqueue(app: &App, tx: &mut Tx<'_>, follow: FollowId) -> Result<()> {
    let Some(follow) = follows::by_id(tx, follow)? else {
        return Ok(());
    };
    let target = accounts::by_id(tx, follow.target_id)?;
    if target.is_none_or(|target| target.kind != AccountKind::Group || !target.is_local()) {
        return Ok(());
    }
    let Some(host) = accounts::by_id(tx, follow.follower_id)?
        .filter(|follower| !follower.is_local())
        .and_then(|follower| authority_of(&follower.uri))
    else {
        return Ok(());
    };
    let now = app.now();
    let again = app.settings.limits.communities.servers_asked_again;
    let again = chrono::Duration::from_std(again).unwrap_or(chrono::Duration::days(7));
    if group_hosts::knows(tx, &host)? || !group_hosts::ask(tx, &host, now, now - again)? {
        return Ok(());
    }
    app.enqueue(tx, QUEUE, Some(&host), host.clone())
}

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Servers {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: 2,
        attempts: 4,
        timeout: Duration::from_secs(60),
        backoff: Backoff {
            first: Duration::from_secs(60),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Servers {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Servers {
    async fn run(&self, job: &Job) -> Outcome {
        let host = job.payload.clone();
        let budget = Budget::of(6);
        let software = match self.federation.software(&self.app, &host, &budget).await {
            Ok(software) => software,
            Err(why) if why.is_transient() => {
                return Outcome::Later {
                    after: None,
                    why: why.to_string(),
                };
            }
            Err(why) => {
                tracing::debug!(host, reason = %why, "what a server runs stays unknown");
                return Outcome::Done;
            }
        };
        if !AWARE.contains(&software.as_str()) {
            return Outcome::Done;
        }
        let now = self.app.now();
        let learned = self
            .app
            .store
            .write(move |tx| group_hosts::learn(tx, &host, now));
        match learned.await {
            Ok(_) => Outcome::Done,
            Err(why) => Outcome::Later {
                after: None,
                why: why.to_string(),
            },
        }
    }
}
