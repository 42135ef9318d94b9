//! What is told of a community to whom: that there is one for people here, and who belongs to a closed one.

use kontor_domain::{account::AccountKind, audience::Viewer, community::Access, ids::AccountId};
use kontor_store::{Conn, accounts, communities, communities::Community};

use super::{is_ours, place::is_member};
use crate::{App, Error, Result, accounts::Account, follows::Listed};

/// Are its members nobody else's business?
pub(crate) async fn hides_members(app: &App, id: AccountId) -> Result<bool> {
    app.store
        .read(move |db| {
            Ok(communities::by_id(db, id)?.is_some_and(|community| is_closed(&community)))
        })
        .await
}

pub(super) fn is_closed(community: &Community) -> bool {
    matches!(community.access, Access::Private | Access::Local)
}

/// Those of these accounts that are communities whose members are nobody else's business.
pub(crate) fn closed_among(db: &mut Conn, ids: &[AccountId]) -> Result<Vec<AccountId>> {
    let closed = communities::by_ids(db, ids)?.into_iter().filter(is_closed);
    Ok(closed.map(|community| community.account_id).collect())
}

/// Is it a private community of ours, into which people are let?
pub async fn is_private(app: &App, id: AccountId) -> Result<bool> {
    app.store
        .read(move |db| {
            let known = communities::by_id(db, id)?;
            Ok(known.is_some_and(|known| is_ours(&known) && known.access == Access::Private))
        })
        .await
}

/// Does somebody belong to it, or look after it?
pub fn belongs(db: &mut Conn, community: AccountId, account: AccountId) -> Result<bool> {
    let roles = communities::roles(db, community)?;
    Ok(roles.iter().any(|role| role.account_id == account) || is_member(db, community, account)?)
}

/// That somebody belongs to a closed community is told to nobody.
pub(crate) async fn without_hidden(app: &App, rows: Listed) -> Result<Listed> {
    let groups: Vec<AccountId> = rows
        .iter()
        .filter(|(_, account)| account.kind == AccountKind::Group)
        .map(|(_, account)| account.id)
        .collect();
    if groups.is_empty() {
        return Ok(rows);
    }
    let closed: Vec<AccountId> = app.store.read(move |db| closed_among(db, &groups)).await?;
    Ok(rows
        .into_iter()
        .filter(|(_, account)| !closed.contains(&account.id))
        .collect())
}

/// Does this account never leave the server? Its documents are for nobody elsewhere then.
pub async fn stays_here(app: &App, account: &Account) -> Result<bool> {
    if account.kind != AccountKind::Group || !account.is_local() {
        return Ok(false);
    }
    let id = account.id;
    app.store
        .read(move |db| {
            Ok(communities::by_id(db, id)?
                .is_some_and(|community| community.access == Access::Local))
        })
        .await
}

/// Those of these accounts that the viewer may know of: a community for people here is nothing to others.
pub async fn known_to(app: &App, viewer: Viewer, found: Vec<Account>) -> Result<Vec<Account>> {
    let groups: Vec<AccountId> = found
        .iter()
        .filter(|account| account.kind == AccountKind::Group && account.is_local())
        .map(|account| account.id)
        .collect();
    if groups.is_empty() {
        return Ok(found);
    }
    let secluded = app
        .store
        .read(move |db| secluded(db, viewer, &groups))
        .await?;
    Ok(found
        .into_iter()
        .filter(|account| !secluded.contains(&account.id))
        .collect())
}

fn secluded(db: &mut Conn, viewer: Viewer, groups: &[AccountId]) -> Result<Vec<AccountId>> {
    if let Some(viewer) = viewer.account()
        && accounts::by_id(db, viewer)?.is_some_and(|viewer| viewer.is_local())
    {
        return Ok(Vec::new());
    }
    Ok(communities::by_ids(db, groups)?
        .into_iter()
        .filter(|community| community.access == Access::Local)
        .map(|community| community.account_id)
        .collect())
}

/// The same of one account.
pub async fn check_known(app: &App, viewer: Viewer, account: Account) -> Result<Account> {
    known_to(app, viewer, vec![account])
        .await?
        .pop()
        .ok_or(Error::NotFound)
}
