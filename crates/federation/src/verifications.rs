//! The links on the profiles of people here are followed once, to see whether they lead back.

use std::{sync::Arc, time::Duration};

use kontor_actions::{App, verifications};
use kontor_domain::ids::AccountId;
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_net::Url;

use crate::{
    Federation,
    cards::{self, page},
    fetch::Failure,
};

/// A page that did not answer is asked so often.
const TRIES: i32 = 3;

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: verifications::QUEUE,
        handler: Arc::new(Follower {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: 2,
        attempts: 5,
        // A profile has several links.
        timeout: Duration::from_secs(5 * 60),
        backoff: Backoff {
            first: Duration::from_secs(60),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Follower {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Follower {
    async fn run(&self, job: &Job) -> Outcome {
        let Ok(id) = job.payload.parse::<AccountId>() else {
            return Outcome::SetAside("the payload is no id".to_owned());
        };
        let later = |why: String| Outcome::Later { after: None, why };
        let open = match verifications::open(&self.app, id).await {
            Ok(Some(open)) => open,
            Ok(None) => return Outcome::Done,
            Err(why) => return later(why.to_string()),
        };
        let (mut found, mut again) = (Vec::new(), None);
        for link in open.links {
            match self.leads_back(&link, &open.own).await {
                Ok(true) => found.push(link),
                Ok(false) => {}
                Err(why) if why.is_transient() && job.attempts < TRIES => {
                    again = Some(why.to_string());
                }
                Err(why) => {
                    tracing::debug!(host = link.host_str(), reason = %why, "a link of a profile is not verified");
                }
            }
        }
        match (verifications::keep(&self.app, id, found).await, again) {
            (Err(why), _) => later(why.to_string()),
            (Ok(()), Some(why)) => later(why),
            (Ok(()), None) => Outcome::Done,
        }
    }
}

impl Follower {
    async fn leads_back(&self, link: &Url, own: &[Url]) -> Result<bool, Failure> {
        let page = cards::open(&self.federation, &self.app, link).await?;
        let own = own.to_vec();
        page.read(move |html, at| page::leads_to(html, at, &own))
            .await
    }
}
