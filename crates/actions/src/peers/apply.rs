//! Bringing the rules upon the accounts known here: in steps, so that no transaction is long, and with the same end however
//! often a step runs.

use std::{sync::Arc, time::Duration};

use kontor_domain::{
    follow::FollowState,
    ids::AccountId,
    notification::SeveranceKind,
    peer::{Rule, Severity, SuspendedBy, rule_for},
    site,
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{
    Tx,
    accounts::{self, Counter},
    follows, home, moderation,
    peers::{self, Standing, Subject},
};

use serde::{Deserialize, Serialize};

use super::media;
use crate::{App, Error, Result, severances, steps};

/// The queue that steps wait in.
pub const QUEUE: &str = "peers";

/// Accounts that one step looks at.
const STEP: i64 = 500;
/// Blocked accounts whose follows one step ends.
const ENDED: usize = 50;

/// What a step looks at: one kind of thing after another, each by its ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Place {
    /// The id alone, as older versions wrote it.
    Accounts(AccountId),
    Media(media::Place),
}

/// Begins with the first account.
pub(super) fn enqueue(app: &App, tx: &mut Tx<'_>) -> Result<()> {
    enqueue_at(app, tx, Place::Accounts(AccountId(0)))
}

fn enqueue_at(app: &App, tx: &mut Tx<'_>, place: Place) -> Result<()> {
    let payload = match place {
        Place::Accounts(after) => after.to_string(),
        Place::Media(_) => {
            serde_json::to_string(&place).map_err(|why| Error::Broken(why.to_string()))?
        }
    };
    app.enqueue(tx, QUEUE, Some(QUEUE), payload)
}

fn read(payload: &str) -> Option<Place> {
    match payload.parse() {
        Ok(after) => Some(Place::Accounts(after)),
        Err(_) => serde_json::from_str(payload).ok(),
    }
}

/// What brings the rules upon accounts, beside a server that runs.
pub fn queue(app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Steps { app: app.clone() }),
        workers: 1,
        attempts: 100,
        timeout: Duration::from_secs(60),
        backoff: Backoff {
            first: Duration::from_secs(1),
            most: Duration::from_secs(60),
        },
    }
}

struct Steps {
    app: App,
}

#[async_trait::async_trait]
impl Handler for Steps {
    async fn run(&self, job: &Job) -> Outcome {
        let Some(place) = read(&job.payload) else {
            return Outcome::SetAside("the job names no place".to_owned());
        };
        steps::finish_with(&self.app, job, move |app, tx| {
            let next = match place {
                Place::Accounts(after) => Some(match step(app, tx, after)? {
                    Some(last) => Place::Accounts(last),
                    None => Place::Media(media::BEGINNING),
                }),
                Place::Media(place) => media::step(app, tx, place)?.map(Place::Media),
            };
            match next {
                Some(next) => enqueue_at(app, tx, next),
                None => Ok(()),
            }
        })
        .await
    }
}

/// The rules that hold for an account: for the domain of its handle and for the host that it lives on.
fn holding<'a>(rules: &'a [Rule], subject: &Subject) -> Vec<&'a Rule> {
    let host = site::authority_of(&subject.uri);
    let found = [subject.domain.as_deref(), host.as_deref()];
    found
        .into_iter()
        .flatten()
        .filter_map(|name| rule_for(rules, name))
        .collect()
}

fn blocking<'a>(rules: &'a [Rule], subject: &Subject) -> Option<&'a Rule> {
    let mut holding = holding(rules, subject).into_iter();
    holding.find(|rule| rule.severity == Severity::Block)
}

/// What the rules make of an account: whichever is worse.
fn standing(rules: &[Rule], subject: &Subject) -> (Standing, bool) {
    let mut standing = Standing::Open;
    let mut pictures = media::takes_profile(rules, subject);
    for rule in holding(rules, subject) {
        pictures &= !rule.reject_media;
        standing = match (rule.severity, standing) {
            (Severity::Block, _) | (_, Standing::Blocked) => Standing::Blocked,
            (Severity::Limit, _) | (_, Standing::Limited) => Standing::Limited,
            (Severity::Allow, Standing::Open) => Standing::Open,
        };
    }
    (standing, pictures)
}

/// The standing of one account whose row was just written, as the rules are now.
pub(crate) fn settle(tx: &mut Tx<'_>, account: &accounts::Account) -> Result<()> {
    let rules = peers::rules(tx)?;
    let subject = Subject {
        id: account.id,
        domain: account.domain.clone(),
        uri: account.uri.clone(),
        avatar_url: account.avatar_url.clone(),
        header_url: account.header_url.clone(),
        emojis: account.emojis.clone(),
        limited: account.limited,
        silenced: moderation::is_silenced(tx, account.id)?,
        suspended_at: account.suspended_at,
        suspended_by: account.suspended_by,
    };
    let now = account.updated_at;
    let (standing, pictures) = standing(&rules, &subject);
    if differs(&subject, standing) {
        peers::set_standing(tx, &[subject.id], standing, now)?;
    }
    if !pictures && has_picture(&subject) {
        peers::forget_pictures(tx, &[subject.id])?;
    }
    Ok(())
}

fn differs(subject: &Subject, standing: Standing) -> bool {
    let by_policy = subject.suspended_by == Some(SuspendedBy::Policy);
    subject.limited != (standing == Standing::Limited || subject.silenced)
        || (standing == Standing::Blocked && subject.suspended_at.is_none())
        || (standing != Standing::Blocked && by_policy)
}

fn has_picture(subject: &Subject) -> bool {
    subject.avatar_url.is_some() || subject.header_url.is_some() || subject.emojis != "[]"
}

/// Looks at the accounts after one, and returns the last that it settled; `None` when there are no more.
fn step(app: &App, tx: &mut Tx<'_>, after: AccountId) -> Result<Option<AccountId>> {
    let rules = peers::rules(tx)?;
    let subjects = peers::subjects(tx, after, STEP)?;
    let full = i64::try_from(subjects.len()).is_ok_and(|count| count == STEP);
    let (mut last, mut ended) = (None, 0);
    let mut changes: [Vec<AccountId>; 3] = Default::default();
    let mut bare = Vec::new();
    let mut severed = severances::All::new();
    let mut more = full;
    for subject in &subjects {
        let (standing, pictures) = standing(&rules, subject);
        if let Some(rule) = blocking(&rules, subject) {
            if ended == ENDED {
                more = true;
                break;
            }
            ended += end_follows(tx, subject.id, &rule.domain, &mut severed)?;
        }
        if !pictures && has_picture(subject) {
            bare.push(subject.id);
        }
        if differs(subject, standing) {
            let [open, limited, blocked] = &mut changes;
            match standing {
                Standing::Open => open.push(subject.id),
                Standing::Limited => limited.push(subject.id),
                Standing::Blocked => blocked.push(subject.id),
            }
        }
        last = Some(subject.id);
    }
    let now = app.now();
    let kinds = [Standing::Open, Standing::Limited, Standing::Blocked];
    for (standing, ids) in kinds.into_iter().zip(&changes) {
        if !ids.is_empty() {
            peers::set_standing(tx, ids, standing, now)?;
        }
    }
    if !bare.is_empty() {
        peers::forget_pictures(tx, &bare)?;
    }
    severances::record(app, tx, SeveranceKind::DomainBlock, severed)?;
    Ok(last.filter(|_| more))
}

/// Both ways, without a word: nothing is sent to a server that is blocked. Returns 1 if there was one.
fn end_follows(
    tx: &mut Tx<'_>,
    account: AccountId,
    domain: &str,
    severed: &mut severances::All,
) -> Result<usize> {
    let touching = follows::touching(tx, account)?;
    let any = usize::from(!touching.is_empty());
    for follow in touching {
        if follows::delete(tx, follow.id)? && follow.state == FollowState::Accepted {
            accounts::count(tx, follow.target_id, Counter::Followers, -1)?;
            accounts::count(tx, follow.follower_id, Counter::Following, -1)?;
            let followed = follow.target_id == account;
            let person = if followed {
                follow.follower_id
            } else {
                follow.target_id
            };
            let of = severed.entry((person, domain.to_owned())).or_default();
            if followed {
                of.following += 1;
            } else {
                of.followers += 1;
            }
        }
        home::forget(tx, follow.follower_id, follow.target_id)?;
    }
    Ok(any)
}
