//! Accounts: looking them up and showing them. Making them is in `create`, what they say of themselves in `profile`,
//! those of other servers in `remote`.

mod create;
mod profile;
mod remote;

use std::collections::HashMap;

use kontor_domain::{account::AccountKind, ids::AccountId, text::Handle, time::Time};
use kontor_store::{Conn, accounts, users};
pub use kontor_store::{accounts::Account, users::User};

pub use create::{NewLocal, create_local, ensure_instance_actor, instance_actor};
pub(crate) use create::{check_email, check_password};
pub(crate) use create::{check_name, insert, keys, skeleton};
pub use profile::{Picture, ProfileChange, update_profile, update_with_pictures};
pub(crate) use profile::{
    drop_pictures, keep_pictures, picture_address, picture_file, profile_of, render,
    replace_picture,
};
pub use remote::{RemoteAccount, RemoteGroup, forget_remote, upsert_remote};

use crate::{App, Error, Result};

pub async fn get(app: &App, id: AccountId) -> Result<Account> {
    app.store
        .read(move |db| accounts::by_id(db, id)?.ok_or(Error::NotFound))
        .await
}

pub async fn by_ids(app: &App, ids: Vec<AccountId>) -> Result<Vec<Account>> {
    app.store
        .read(move |db| {
            let mut found = map(db, &ids)?;
            Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
        })
        .await
}

pub async fn by_uri(app: &App, uri: String) -> Result<Option<Account>> {
    app.store
        .read(move |db| Ok(accounts::by_uri(db, &uri)?))
        .await
}

/// Where those of these accounts went that live on under another: only what both sides say, and is known here.
pub async fn moved(app: &App, accounts: &[Account]) -> Result<HashMap<AccountId, Account>> {
    if accounts
        .iter()
        .all(|account| account.moved_to_uri.is_none())
    {
        return Ok(HashMap::new());
    }
    let accounts = accounts.to_vec();
    app.store
        .read(move |db| moved_in(db, accounts.iter()))
        .await
}

/// The same for whoever reads already.
pub(crate) fn moved_in<'a>(
    db: &mut Conn,
    accounts: impl Iterator<Item = &'a Account>,
) -> Result<HashMap<AccountId, Account>> {
    let leads: Vec<(&Account, &String)> = accounts
        .filter_map(|account| Some((account, account.moved_to_uri.as_ref()?)))
        .collect();
    if leads.is_empty() {
        return Ok(HashMap::new());
    }
    let uris: Vec<String> = leads.iter().map(|(_, to)| (*to).clone()).collect();
    let found = accounts::by_uris(db, &uris)?;
    let target = |from: &Account, to: &String| {
        let mut known = found.iter();
        known
            .find(|account| {
                account.uri == *to
                    && account.suspended_at.is_none()
                    && crate::moves::aliases(account).contains(&from.uri)
            })
            .cloned()
    };
    Ok(leads
        .into_iter()
        .filter_map(|(from, to)| Some((from.id, target(from, to)?)))
        .collect())
}

/// The private key, for signing alone.
pub async fn private_key(app: &App, id: AccountId) -> Result<Option<String>> {
    app.store
        .read(move |db| Ok(accounts::private_key(db, id)?))
        .await
}

pub(crate) fn map(db: &mut Conn, ids: &[AccountId]) -> Result<HashMap<AccountId, Account>> {
    Ok(accounts::by_ids(db, ids)?
        .into_iter()
        .map(|account| (account.id, account))
        .collect())
}

/// Accounts in the order of the rows that they are paged by.
pub(crate) fn listed(db: &mut Conn, rows: Vec<(i64, AccountId)>) -> Result<crate::follows::Listed> {
    let ids: Vec<AccountId> = rows.iter().map(|(_, id)| *id).collect();
    let mut found = map(db, &ids)?;
    Ok(rows
        .into_iter()
        .filter_map(|(row, id)| Some((row, found.remove(&id)?)))
        .collect())
}

/// A handle as the store is asked for it: one on our own domain is a local one.
pub fn local_key(app: &App, handle: &Handle) -> String {
    match &handle.domain {
        Some(domain) if domain.eq_ignore_ascii_case(app.site.domain()) => Handle {
            domain: None,
            ..handle.clone()
        }
        .key(),
        _ => handle.key(),
    }
}

/// Is the handle one of this instance?
pub fn is_ours(app: &App, handle: &Handle) -> bool {
    handle
        .domain
        .as_ref()
        .is_none_or(|domain| domain.eq_ignore_ascii_case(app.site.domain()))
}

/// The same for operators: suspended ones too.
pub async fn find(app: &App, handle: &Handle) -> Result<Option<Account>> {
    let key = local_key(app, handle);
    app.store
        .read(move |db| Ok(accounts::by_handle(db, &key)?))
        .await
}

/// A handle that is known here, local or remote. Asks nobody else. Who waits to be approved, or has not confirmed their address, is not here yet.
pub async fn lookup(app: &App, handle: &Handle) -> Result<Account> {
    let key = local_key(app, handle);
    app.store
        .read(move |db| {
            let account = accounts::by_handle(db, &key)?
                .filter(|account| account.suspended_at.is_none())
                .ok_or(Error::NotFound)?;
            if account.is_local() && users::by_id(db, account.id)?.is_some_and(|user| user.waits())
            {
                return Err(Error::NotFound);
            }
            Ok(account)
        })
        .await
}

/// A handle anywhere: known here, or looked up at its own server.
pub async fn resolve(app: &App, handle: &Handle) -> Result<Option<AccountId>> {
    match lookup(app, handle).await {
        Ok(account) => Ok(Some(account.id)),
        Err(Error::NotFound) if is_ours(app, handle) => Ok(None),
        Err(Error::NotFound) => app.remote.resolve_handle(app, handle).await,
        Err(other) => Err(other),
    }
}

/// Remote accounts are read again from their origin after this long.
const STALE_AFTER: chrono::Duration = chrono::Duration::hours(24);

/// The same for somebody who looks: what is known but old is read again, and where only a group of the name is known, its server is
/// asked whether there is a person too. What is known stays good while its server does not answer.
pub async fn resolve_fresh(app: &App, handle: &Handle) -> Result<Option<AccountId>> {
    let account = match lookup(app, handle).await {
        Ok(account) if !account.is_local() => account,
        _ => return resolve(app, handle).await,
    };
    let stale = account
        .fetched_at
        .is_none_or(|at| at + STALE_AFTER < app.now());
    let instead = account.kind == AccountKind::Group && !handle.group;
    if !stale && !instead {
        return Ok(Some(account.id));
    }
    let found = app.remote.resolve_handle(app, handle).await;
    let found = found.unwrap_or(Some(account.id));
    Ok(if stale {
        found
    } else {
        found.or(Some(account.id))
    })
}

/// An account with what only its owner sees.
#[derive(Debug, Clone)]
pub struct OwnAccount {
    pub account: Account,
    pub user: User,
    pub follow_requests: i64,
}

pub async fn own(app: &App, id: AccountId) -> Result<OwnAccount> {
    app.store
        .read(move |db| {
            let account = accounts::by_id(db, id)?.ok_or(Error::NotFound)?;
            let user = kontor_store::users::by_id(db, id)?.ok_or(Error::NotFound)?;
            let follow_requests = kontor_store::follows::count_requests(db, id)?;
            Ok(OwnAccount {
                account,
                user,
                follow_requests,
            })
        })
        .await
}

/// Was it marked a moment ago that this person is here? It is marked no more often than once an hour.
pub(crate) fn is_here(user: &User, now: Time) -> bool {
    const EVERY: chrono::Duration = chrono::Duration::hours(1);
    user.last_active_at + EVERY > now
}

/// A person was here. Home timelines are kept for those who are; one who comes back after long gets theirs made anew.
pub(crate) async fn here(app: &App, user: &User) -> Result<()> {
    let (id, now, last) = (user.account_id, app.now(), user.last_active_at);
    if is_here(user, now) {
        return Ok(());
    }
    let age = chrono::Duration::from_std(app.settings.limits.home_age)
        .unwrap_or(chrono::Duration::days(30));
    app.store
        .write(move |tx| {
            kontor_store::users::set_active(tx, id, now)?;
            kontor_store::visits::record(tx, id, now)?;
            if last + age < now {
                kontor_store::home::rebuild(tx, id)?;
                for list in kontor_store::lists::by_account(tx, id)? {
                    kontor_store::list_entries::rebuild(tx, &list)?;
                }
            }
            Ok(())
        })
        .await
}
