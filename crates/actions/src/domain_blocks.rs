//! A person keeps away from a server: nothing of it is shown to them unasked, and nobody there follows them. The server is not told
//! that; it sees follows end.

use std::collections::HashSet;

use kontor_domain::{
    event::Event,
    follow::FollowState,
    ids::{AccountId, DomainBlockId},
    notification::SeveranceKind,
    page::Page,
    peer::normal,
};
use kontor_store::{
    Tx,
    domain_blocks::{self, DomainBlock},
    follows,
};

use crate::{
    App, Error, Result,
    accounts::Account,
    follows::end_it,
    severances::{self, Ended},
};

/// Follows that end in one transaction.
const STEP: i64 = 100;

fn named(app: &App, domain: &str) -> Result<String> {
    let domain =
        normal(domain).ok_or_else(|| Error::invalid("domain", "is not a valid domain name"))?;
    if domain == app.site.domain() {
        return Err(Error::invalid("domain", "is this server"));
    }
    Ok(domain)
}

/// Doing it again changes nothing.
pub async fn block(app: &App, by: AccountId, domain: &str) -> Result<()> {
    let domain = named(app, domain)?;
    let (now, id, this) = (app.now(), DomainBlockId(app.id()), app.clone());
    app.store
        .write(move |tx| {
            let block = DomainBlock {
                id,
                account_id: by,
                domain: domain.clone(),
                created_at: now,
            };
            if !domain_blocks::insert_if_new(tx, &block)? {
                return Ok(());
            }
            domain_blocks::forget_notifications(tx, by, &domain)?;
            let (following, followers) = domain_blocks::count_follows(tx, by, &domain)?;
            if following > 0 || followers > 0 {
                let ended = Ended {
                    followers,
                    following,
                };
                let all = [((by, domain.clone()), ended)].into();
                severances::record(&this, tx, SeveranceKind::UserDomainBlock, all)?;
            }
            part(&this, tx, by, &domain)
        })
        .await
}

/// Ends follows both ways, some now and the rest by an event of its own.
pub(crate) fn part(app: &App, tx: &mut Tx<'_>, by: AccountId, domain: &str) -> Result<()> {
    if domain_blocks::among(tx, by, &[domain])?.is_empty() {
        return Ok(());
    }
    let some = domain_blocks::some_follows(tx, by, domain, STEP)?;
    for follow in &some {
        let event = if follow.follower_id == by {
            Event::FollowUndone
        } else {
            Event::FollowRejected
        };
        end_it(app, tx, follow, event)?;
    }
    if i64::try_from(some.len()).is_ok_and(|count| count < STEP) {
        return Ok(());
    }
    app.record(
        tx,
        &Event::DomainBlocked {
            account: by,
            domain: domain.to_owned(),
        },
    )
}

/// `Ok` also when there was none.
pub async fn unblock(app: &App, by: AccountId, domain: &str) -> Result<()> {
    let domain = named(app, domain)?;
    app.store
        .write(move |tx| {
            domain_blocks::delete(tx, by, &domain)?;
            Ok(())
        })
        .await
}

/// The domains that an account keeps away from, newest first, with the rows that they are paged by.
pub async fn page(app: &App, by: AccountId, page: Page) -> Result<Vec<(i64, String)>> {
    app.store
        .read(move |db| Ok(domain_blocks::by_account(db, by, &page)?))
        .await
}

/// What would end with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preview {
    pub following: i64,
    pub followers: i64,
}

pub async fn preview(app: &App, by: AccountId, domain: &str) -> Result<Preview> {
    let domain = named(app, domain)?;
    app.store
        .read(move |db| {
            let (following, followers) = domain_blocks::count_follows(db, by, &domain)?;
            Ok(Preview {
                following,
                followers,
            })
        })
        .await
}

/// Does a person keep away from the server of `other`, and does not follow them either?
pub(crate) fn shuts_out(tx: &mut Tx<'_>, person: AccountId, other: &Account) -> Result<bool> {
    Ok(!shut_out_by(tx, &[person], other)?.is_empty())
}

/// Those of these people of whom the same is true.
pub(crate) fn shut_out_by(
    tx: &mut Tx<'_>,
    people: &[AccountId],
    other: &Account,
) -> Result<Vec<AccountId>> {
    let Some(domain) = other.domain.as_deref() else {
        return Ok(Vec::new());
    };
    let mut away = domain_blocks::by_people(tx, people, domain)?;
    if !away.is_empty() {
        let (_, follows) = follows::around(tx, other.id, &away)?;
        let following: HashSet<AccountId> = follows
            .into_iter()
            .filter(|follow| follow.state == FollowState::Accepted)
            .map(|follow| follow.follower_id)
            .collect();
        away.retain(|person| !following.contains(person));
    }
    Ok(away)
}
