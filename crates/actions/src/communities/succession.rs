//! Who hands a community on when its last owner leaves, wherever that one was: its moderator here who has been one for the longest, else
//! its member here who has been one for the longest. With neither, it has no owner, and an administrator names one.

use kontor_domain::{
    community::{CommunityRole, LogAction},
    event::{Event, Moderated},
    ids::AccountId,
};
use kontor_store::{Conn, Tx, accounts, communities, communities::Role};

use super::{
    is_ours,
    log::{self, Who},
};
use crate::{App, Result};

/// Somebody leaves: a community, or all that they look after.
pub(crate) fn vacate(
    app: &App,
    tx: &mut Tx<'_>,
    account: AccountId,
    only: Option<AccountId>,
) -> Result<()> {
    for (community, was) in communities::roles_by(tx, account)? {
        if only.is_some_and(|only| only != community) {
            continue;
        }
        let ours = communities::by_id(tx, community)?.is_some_and(|community| is_ours(&community));
        if !ours {
            continue;
        }
        communities::remove_role(tx, community, account)?;
        let who = Who {
            community,
            by: Some(account),
            role: Some(was.into()),
        };
        log::write(app, tx, who, LogAction::ModeratorRemoved, |entry| {
            entry.account_id = Some(account);
        })?;
        tell(app, tx, community, LogAction::ModeratorRemoved, account)?;
        inherit(app, tx, community, (account, was))?;
        // Who has left may be unknown elsewhere already: the list is read again.
        app.record(tx, &Event::AccountUpdated { account: community })?;
    }
    Ok(())
}

/// Other servers hear of it from the community itself: whoever left may not be there to say so.
fn tell(
    app: &App,
    tx: &mut Tx<'_>,
    community: AccountId,
    action: LogAction,
    account: AccountId,
) -> Result<()> {
    app.record(
        tx,
        &Event::CommunityModerated(Moderated {
            community,
            by: community,
            action,
            account: Some(account),
            post: None,
            post_uri: None,
            reason: String::new(),
            until: None,
            purge: false,
        }),
    )
}

/// Does anybody but this account own it, here or elsewhere? Whoever is suspended does not count.
pub(super) fn is_owned(db: &mut Conn, community: AccountId, but: AccountId) -> Result<bool> {
    let owners: Vec<AccountId> = communities::roles(db, community)?
        .into_iter()
        .filter(|role| role.role == CommunityRole::Owner && role.account_id != but)
        .map(|role| role.account_id)
        .collect();
    let known = accounts::by_ids(db, &owners)?;
    Ok(known.iter().any(|owner| owner.suspended_at.is_none()))
}

/// Names an owner if there is none, and not the one who has just left, who was something there.
pub(super) fn inherit(
    app: &App,
    tx: &mut Tx<'_>,
    community: AccountId,
    (but, was): (AccountId, CommunityRole),
) -> Result<()> {
    let roles = communities::roles(tx, community)?;
    let owned = match was {
        CommunityRole::Owner => is_owned(tx, community, but)?,
        // One who is suspended may come back.
        CommunityRole::Moderator => roles.iter().any(|role| role.role == CommunityRole::Owner),
    };
    if owned {
        return Ok(());
    }
    let ids: Vec<AccountId> = roles.iter().map(|role| role.account_id).collect();
    let here = crate::accounts::map(tx, &ids)?;
    let eldest = ids.into_iter().find(|id| {
        *id != but
            && here
                .get(id)
                .is_some_and(|account| account.is_local() && account.suspended_at.is_none())
    });
    let heir = match eldest {
        Some(heir) => Some(heir),
        None => communities::eldest_member(tx, community, but)?,
    };
    let Some(heir) = heir else {
        tracing::warn!(%community, "a community has no owner, and nobody here to hand it on to");
        return Ok(());
    };
    communities::set_role(
        tx,
        &Role {
            community_id: community,
            account_id: heir,
            role: CommunityRole::Owner,
            created_at: app.now(),
        },
    )?;
    let name = accounts::by_id(tx, heir)?.map(|account| account.handle);
    tracing::info!(%community, heir = name, "a community was handed on");
    log::write(
        app,
        tx,
        Who::rule(community),
        LogAction::Inherited,
        |entry| {
            entry.account_id = Some(heir);
        },
    )?;
    tell(app, tx, community, LogAction::Inherited, heir)
}
