//! Who asks to join a community that lets people in, and what its moderators answer. Those of one elsewhere are listed by its own server,
//! which decides.

use kontor_domain::{
    account::AccountKind,
    community::Right,
    event::{AnsweredRequest, Event},
    follow::FollowState,
    ids::AccountId,
    page::Page,
    site::same_authority,
};
use kontor_store::{Conn, Tx, accounts, communities, follows};

use super::{check_right, is_ours, moderator};
use crate::{App, Error, Result, follows::Listed};

/// Who waits to be let in; for those who look after it.
pub async fn requests(app: &App, by: AccountId, id: AccountId, page: Page) -> Result<Listed> {
    moderator(app, by, id).await?;
    let elsewhere = app
        .store
        .read(move |db| {
            let known = communities::by_id(db, id)?.ok_or(Error::NotFound)?;
            if is_ours(&known) {
                return Ok(None);
            }
            Ok::<_, Error>(Some(accounts::by_id(db, id)?.ok_or(Error::NotFound)?))
        })
        .await?;
    let Some(group) = elsewhere else {
        return crate::follows::requests(app, id, page).await;
    };
    let waiting = app.remote.join_requests(app, &group).await?;
    // The list comes whole, in no order that is known here: it is paged by accounts.
    let waiting = waiting.ok_or(Error::NotFound)?.into_iter();
    let rows = crate::whole::page_of(waiting.map(|id| (id.0, id)).collect(), &page);
    app.store
        .read(move |db| crate::accounts::listed(db, rows))
        .await
}

/// The communities here that somebody looks after.
pub(crate) fn of_ours_looked_after(db: &mut Conn, person: AccountId) -> Result<Vec<AccountId>> {
    let roles = communities::roles_by(db, person)?;
    let ids: Vec<AccountId> = roles.iter().map(|(community, _)| *community).collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    let ours = communities::by_ids(db, &ids)?.into_iter().filter(is_ours);
    Ok(ours.map(|community| community.account_id).collect())
}

/// Answers whoever asks to join communities here that this person looks after. `false`: they ask for none.
pub async fn settle_all(
    app: &App,
    by: AccountId,
    follower: AccountId,
    accepted: bool,
) -> Result<bool> {
    let waiting: Vec<AccountId> = app
        .store
        .read(move |db| {
            let communities = of_ours_looked_after(db, by)?;
            let (asked, _) = follows::around(db, follower, &communities)?;
            let waiting = asked.into_iter();
            let waiting = waiting.filter(|follow| follow.state == FollowState::Pending);
            Ok::<_, Error>(waiting.map(|follow| follow.target_id).collect())
        })
        .await?;
    for community in &waiting {
        settle_request(app, by, *community, follower, accepted).await?;
    }
    Ok(!waiting.is_empty())
}

/// Lets somebody in, or turns them away; of a community elsewhere its server is asked to.
pub async fn settle_request(
    app: &App,
    by: AccountId,
    id: AccountId,
    follower: AccountId,
    accept: bool,
) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let community = communities::by_id(tx, id)?.ok_or(Error::NotFound)?;
            check_right(tx, id, by, Right::Moderate)?;
            if is_ours(&community) {
                return settle(&this, tx, id, follower, accept);
            }
            accounts::by_id(tx, follower)?.ok_or(Error::NotFound)?;
            let answered = AnsweredRequest {
                community: id,
                by,
                follower,
                accepted: accept,
            };
            this.record(tx, &Event::CommunityRequestAnswered(answered))
        })
        .await
}

/// A moderator elsewhere answers who asks to join one of ours.
pub async fn settle_from_elsewhere(
    app: &App,
    by: AccountId,
    id: AccountId,
    follower: AccountId,
    accept: bool,
) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            communities::by_id(tx, id)?
                .filter(is_ours)
                .ok_or(Error::NotFound)?;
            check_right(tx, id, by, Right::Moderate)?;
            settle(&this, tx, id, follower, accept)
        })
        .await
}

/// Whom one moderator let in, another one who answers later does not put out.
fn settle(
    app: &App,
    tx: &mut Tx<'_>,
    id: AccountId,
    follower: AccountId,
    accept: bool,
) -> Result<()> {
    if accept {
        crate::follows::let_in(app, tx, id, follower)
    } else {
        crate::follows::turn_away(app, tx, id, follower)
    }
}

/// May the list of those who wait be read by this actor? A moderator may, and the own actor of a server where one is.
pub async fn may_read_requests(app: &App, asker: AccountId, id: AccountId) -> Result<bool> {
    app.store
        .read(move |db| {
            let Some(asker) = accounts::by_id(db, asker)? else {
                return Ok(false);
            };
            let roles = communities::roles(db, id)?;
            let people: Vec<AccountId> = roles.iter().map(|role| role.account_id).collect();
            if people.contains(&asker.id) {
                return Ok(true);
            }
            if asker.kind != AccountKind::Application {
                return Ok(false);
            }
            let people = accounts::by_ids(db, &people)?;
            Ok(people
                .iter()
                .any(|one| one.suspended_at.is_none() && same_authority(&one.uri, &asker.uri)))
        })
        .await
}
