//! Accounts of other servers, as their origin describes them.

use kontor_domain::{
    community::{Access, Posting},
    follow::FollowState,
    ids::AccountId,
    peer::SuspendedBy,
    time::Time,
};
use kontor_store::{
    Tx,
    accounts::{self, Account, Counter, Endpoints, Profile},
};

use crate::{App, Error, Result};

/// What a remote actor document says, checked by whoever read it: the origin's word about its own account.
#[derive(Debug, Clone)]
pub struct RemoteAccount {
    pub uri: String,
    pub username: String,
    /// The domain of its handle; carries a port where its server does.
    pub domain: String,
    /// HTML in it has been sanitised.
    pub profile: Profile,
    pub endpoints: Endpoints,
    pub published: Option<Time>,
    /// Keys beside that of `endpoints`: their ids, and PEM or Multikey.
    pub keys: Vec<(String, String)>,
    /// Does its server say that the account is suspended there?
    pub suspended: bool,
    pub group: Option<RemoteGroup>,
    /// Does its server understand what groups pass on?
    pub speaks_groups: bool,
}

/// What a Group elsewhere says beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteGroup {
    pub moderators_url: String,
    pub access: Access,
    pub posting: Posting,
    /// Does its log name its moderators?
    pub names_moderators: bool,
    // What it does not say stays as it is known.
    pub archived: Option<bool>,
    pub purpose: Option<String>,
    pub rules: Option<String>,
    /// Codes.
    pub languages: Option<Vec<String>>,
}

/// Keeps a remote account, new or changed. An account that has taken over another's handle gets it: the origin decides.
pub async fn upsert_remote(app: &App, remote: RemoteAccount) -> Result<Account> {
    let now = app.now();
    let id = AccountId(app.id());
    let this = app.clone();
    app.store
        .write(move |tx| {
            if let Some(known) = accounts::by_uri(tx, &remote.uri)? {
                accounts::set_remote(tx, known.id, &remote.profile, &remote.endpoints, now)?;
                rename(tx, &known, &remote)?;
                return settled(&this, tx, known.id, &remote);
            }
            let account = row(&remote, id, now);
            if let Some(holder) = accounts::holder(tx, &account.handle)? {
                // The same server now says that this name is another actor: the old one is gone.
                if holder.is_local() {
                    return Err(Error::Conflict(
                        "a local account has this handle".to_owned(),
                    ));
                }
                erase(&this, tx, holder.id)?;
            }
            accounts::insert(tx, &account)?;
            settled(&this, tx, account.id, &remote)
        })
        .await
}

/// What became a group, or is none any more, is kept as such, unless another has its name there.
fn rename(tx: &mut Tx<'_>, known: &Account, remote: &RemoteAccount) -> Result<()> {
    let Some(domain) = &known.domain else {
        return Ok(());
    };
    let handle = accounts::remote_handle(&known.username, domain, remote.profile.kind);
    if handle != known.handle && accounts::holder(tx, &handle)?.is_none() {
        accounts::set_handle(tx, known.id, &handle)?;
    }
    Ok(())
}

fn row(remote: &RemoteAccount, id: AccountId, now: Time) -> Account {
    let (profile, endpoints) = (remote.profile.clone(), remote.endpoints.clone());
    Account {
        id,
        handle: accounts::remote_handle(&remote.username, &remote.domain, profile.kind),
        username: remote.username.clone(),
        domain: Some(remote.domain.to_lowercase()),
        kind: profile.kind,
        uri: remote.uri.clone(),
        url: profile.url,
        display_name: profile.display_name,
        note: profile.note,
        note_source: profile.note_source,
        fields: profile.fields,
        avatar_url: profile.avatar_url,
        header_url: profile.header_url,
        inbox_url: endpoints.inbox_url,
        shared_inbox_url: endpoints.shared_inbox_url,
        outbox_url: endpoints.outbox_url,
        followers_url: endpoints.followers_url,
        following_url: endpoints.following_url,
        featured_url: endpoints.featured_url,
        public_key_id: endpoints.public_key_id,
        public_key_pem: endpoints.public_key_pem,
        locked: profile.locked,
        discoverable: profile.discoverable,
        indexable: profile.indexable,
        also_known_as: profile.also_known_as,
        moved_to_uri: profile.moved_to_uri,
        followers_count: 0,
        following_count: 0,
        statuses_count: 0,
        last_status_at: None,
        created_at: remote.published.unwrap_or(now).min(now),
        updated_at: now,
        fetched_at: Some(now),
        suspended_at: None,
        emojis: profile.emojis,
        limited: false,
        suspended_by: None,
        moved_at: None,
        sensitized: false,
        feature_policy: endpoints.feature_policy,
        featured_collections_url: endpoints.featured_collections_url,
        community: None,
        avatar_description: profile.avatar_description,
        header_description: profile.header_description,
        hide_collections: profile.hide_collections,
        show_media: profile.show_media,
        show_media_replies: profile.show_media_replies,
        show_featured: profile.show_featured,
        attribution_domains: profile.attribution_domains,
    }
}

/// Takes an account that goes out of everything that counts it.
fn uncount(tx: &mut Tx<'_>, id: AccountId) -> Result<()> {
    for follow in kontor_store::follows::touching(tx, id)? {
        if follow.state == FollowState::Accepted {
            accounts::count(tx, follow.target_id, Counter::Followers, -1)?;
            accounts::count(tx, follow.follower_id, Counter::Following, -1)?;
        }
    }
    for (parent, replies) in kontor_store::posts::counted_replies_by(tx, id)? {
        kontor_store::posts::count_replies(tx, parent, -replies)?;
    }
    kontor_store::polls::forget_voter(tx, id)?;
    kontor_store::favourites::uncount_by(tx, id)?;
    Ok(kontor_store::boosts::uncount_by(tx, id)?)
}

/// The origin says that the account is gone: so is everything of it here. `false`: it was not known.
pub async fn forget_remote(app: &App, uri: String) -> Result<bool> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let Some(account) = accounts::by_uri(tx, &uri)?.filter(|account| !account.is_local())
            else {
                return Ok(false);
            };
            erase(&this, tx, account.id)?;
            kontor_store::tombstones::insert(tx, &account.uri, now)?;
            Ok(true)
        })
        .await
}

/// The row as it is after its other keys, what its server says of a suspension, and the rules about its domain.
fn settled(app: &App, tx: &mut Tx<'_>, id: AccountId, remote: &RemoteAccount) -> Result<Account> {
    let now = app.now();
    kontor_store::actor_keys::replace(tx, id, &remote.keys)?;
    keep_group(app, tx, id, remote)?;
    if remote.suspended {
        let known = accounts::by_id(tx, id)?.ok_or(Error::NotFound)?;
        if known.suspended_at.is_none() {
            accounts::suspend(tx, id, SuspendedBy::Origin, now)?;
        }
    } else {
        accounts::unsuspend(tx, id, SuspendedBy::Origin, now)?;
    }
    let account = accounts::by_id(tx, id)?.ok_or(Error::NotFound)?;
    crate::peers::settle(tx, &account)?;
    accounts::by_id(tx, id)?.ok_or(Error::NotFound)
}

fn keep_group(app: &App, tx: &mut Tx<'_>, id: AccountId, remote: &RemoteAccount) -> Result<()> {
    if remote.speaks_groups
        && let Some(host) = kontor_domain::site::authority_of(&remote.uri)
    {
        kontor_store::group_hosts::learn(tx, &host, app.now())?;
    }
    match &remote.group {
        Some(group) => crate::communities::ensure_remote(app, tx, id, group),
        None => Ok(()),
    }
}

/// Deletes an account of another server with everything of it, and takes it out of the counters of others. What it owned here is handed on.
fn erase(app: &App, tx: &mut Tx<'_>, id: AccountId) -> Result<()> {
    crate::communities::vacate(app, tx, id, None)?;
    uncount(tx, id)?;
    Ok(accounts::delete(tx, id)?)
}
