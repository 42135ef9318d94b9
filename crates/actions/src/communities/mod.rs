//! Communities: `Group` accounts that people join by following them, post in, and look after together. Making and changing them is
//! in `create`, what may be posted in `place`, what moderators do in `moderation`, and who hands a community on in `succession`.

mod create;
mod log;
mod moderation;
mod place;
mod succession;
mod votes;

use kontor_domain::{
    account::AccountKind,
    community::{Access, CommunityRole},
    follow::FollowState,
    ids::AccountId,
    page::Page,
    user::Role as UserRole,
};
use kontor_store::{Conn, Tx, accounts, communities, follows, users};
pub use kontor_store::{
    communities::{Ban, Community},
    community_log::LogEntry,
    community_posts::CommunityPost,
};

pub use create::{Creators, Edit, NewCommunity, Settings, archive, create, edit, ensure_remote};
pub use log::{LogView, answer, appeal, log};
pub use moderation::{Deed, Source, What, act};
pub use place::shown;
pub(crate) use place::{place, settle};
pub(crate) use succession::vacate;
pub use votes::Votes;

use crate::{App, Error, Result, accounts::Account, follows::Listed};

/// A community, with what the viewer is there.
#[derive(Debug, Clone)]
pub struct CommunityView {
    pub account: Account,
    pub community: Community,
    /// Owners first.
    pub moderators: Vec<(CommunityRole, Account)>,
    pub membership: Option<FollowState>,
    pub role: Option<CommunityRole>,
    pub banned: Option<Ban>,
}

impl CommunityView {
    pub fn owners(&self) -> usize {
        self.moderators
            .iter()
            .filter(|(role, _)| *role == CommunityRole::Owner)
            .count()
    }
}

/// Is it one of ours?
pub fn is_ours(community: &Community) -> bool {
    community.moderators_url.is_none()
}

pub async fn get(app: &App, viewer: Option<AccountId>, id: AccountId) -> Result<CommunityView> {
    let now = app.now();
    app.store
        .read(move |db| view(db, viewer, id, now)?.ok_or(Error::NotFound))
        .await
}

fn view(
    db: &mut Conn,
    viewer: Option<AccountId>,
    id: AccountId,
    now: kontor_domain::time::Time,
) -> Result<Option<CommunityView>> {
    let Some(community) = communities::by_id(db, id)? else {
        return Ok(None);
    };
    let Some(account) = accounts::by_id(db, id)?.filter(|account| account.suspended_at.is_none())
    else {
        return Ok(None);
    };
    if community.access == Access::Local && !is_here(db, viewer)? {
        return Ok(None);
    }
    let roles = communities::roles(db, id)?;
    let ids: Vec<AccountId> = roles.iter().map(|role| role.account_id).collect();
    let people = crate::accounts::map(db, &ids)?;
    let membership = match viewer {
        Some(viewer) => follows::between(db, viewer, id)?.map(|follow| follow.state),
        None => None,
    };
    let banned = match viewer {
        Some(viewer) => communities::banned(db, id, viewer, now)?,
        None => None,
    };
    Ok(Some(CommunityView {
        role: roles
            .iter()
            .find(|role| Some(role.account_id) == viewer)
            .map(|role| role.role),
        moderators: roles
            .into_iter()
            .filter_map(|role| Some((role.role, people.get(&role.account_id)?.clone())))
            .collect(),
        account,
        community,
        membership,
        banned,
    }))
}

fn is_here(db: &mut Conn, viewer: Option<AccountId>) -> Result<bool> {
    Ok(match viewer {
        Some(viewer) => accounts::by_id(db, viewer)?.is_some_and(|account| account.is_local()),
        None => false,
    })
}

/// Those of this instance that the viewer may come upon. `all`: every one, for operators.
pub async fn ours(
    app: &App,
    viewer: Option<AccountId>,
    all: bool,
    page: Page,
) -> Result<Vec<CommunityView>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let ids = communities::ours(db, viewer.unwrap_or(AccountId(0)), all, &page)?;
            let mut views = Vec::new();
            for id in ids {
                let looking = if all { None } else { viewer };
                match view(db, looking, id, now)? {
                    Some(view) => views.push(view),
                    // An operator's list holds those too that are for people here alone.
                    None if all => views.extend(bare(db, id)?),
                    None => {}
                }
            }
            Ok(views)
        })
        .await
}

fn bare(db: &mut Conn, id: AccountId) -> Result<Option<CommunityView>> {
    let (Some(community), Some(account)) = (communities::by_id(db, id)?, accounts::by_id(db, id)?)
    else {
        return Ok(None);
    };
    let roles = communities::roles(db, id)?;
    let ids: Vec<AccountId> = roles.iter().map(|role| role.account_id).collect();
    let people = crate::accounts::map(db, &ids)?;
    Ok(Some(CommunityView {
        account,
        community,
        moderators: roles
            .into_iter()
            .filter_map(|role| Some((role.role, people.get(&role.account_id)?.clone())))
            .collect(),
        membership: None,
        role: None,
        banned: None,
    }))
}

/// Those that somebody here belongs to.
pub async fn joined(app: &App, member: AccountId, page: Page) -> Result<Vec<(i64, CommunityView)>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let mut views = Vec::new();
            for (row, id) in communities::joined(db, member, &page)? {
                views.extend(view(db, Some(member), id, now)?.map(|view| (row, view)));
            }
            Ok(views)
        })
        .await
}

/// Who belongs to it; told to whoever may read what is posted there.
pub async fn members(
    app: &App,
    viewer: Option<AccountId>,
    id: AccountId,
    page: Page,
) -> Result<Listed> {
    let shown = get(app, viewer, id).await?;
    let inside = shown.membership == Some(FollowState::Accepted) || shown.role.is_some();
    let closed = matches!(shown.community.access, Access::Private | Access::Local);
    if closed && !inside {
        return Err(Error::NotFound);
    }
    crate::follows::all_followers(app, id, page).await
}

/// Who waits to be let in; for those who look after it.
pub async fn requests(app: &App, by: AccountId, id: AccountId, page: Page) -> Result<Listed> {
    moderator_here(app, by, id).await?;
    crate::follows::requests(app, id, page).await
}

/// Lets somebody in, or turns them away.
pub async fn settle_request(
    app: &App,
    by: AccountId,
    id: AccountId,
    follower: AccountId,
    accept: bool,
) -> Result<()> {
    moderator_here(app, by, id).await?;
    if accept {
        crate::follows::accept(app, id, follower).await
    } else {
        crate::follows::reject(app, id, follower).await
    }
}

pub async fn bans(
    app: &App,
    by: AccountId,
    id: AccountId,
    page: Page,
) -> Result<Vec<(Ban, Account)>> {
    moderator(app, by, id).await?;
    let now = app.now();
    app.store
        .read(move |db| {
            let bans = communities::bans(db, id, now, &page)?;
            let ids: Vec<AccountId> = bans.iter().map(|ban| ban.account_id).collect();
            let people = crate::accounts::map(db, &ids)?;
            Ok(bans
                .into_iter()
                .filter_map(|ban| {
                    let account = people.get(&ban.account_id)?.clone();
                    Some((ban, account))
                })
                .collect())
        })
        .await
}

/// Does `by` look after the community, or this instance?
pub async fn moderator(app: &App, by: AccountId, id: AccountId) -> Result<()> {
    app.store
        .read(move |db| {
            communities::by_id(db, id)?.ok_or(Error::NotFound)?;
            if standing(db, id, by)?.is_some() {
                Ok(())
            } else {
                Err(Error::Forbidden("Only its moderators may do this"))
            }
        })
        .await
}

/// The same of one of ours: who belongs to another is for its own server to say.
async fn moderator_here(app: &App, by: AccountId, id: AccountId) -> Result<()> {
    let ours = app
        .store
        .read(move |db| Ok::<_, Error>(communities::by_id(db, id)?.is_some_and(|c| is_ours(&c))))
        .await?;
    if !ours {
        return Err(Error::NotFound);
    }
    moderator(app, by, id).await
}

/// Are its members nobody else's business?
pub(crate) async fn hides_members(app: &App, id: AccountId) -> Result<bool> {
    app.store
        .read(move |db| {
            Ok(communities::by_id(db, id)?.is_some_and(|community| is_closed(&community)))
        })
        .await
}

fn is_closed(community: &Community) -> bool {
    matches!(community.access, Access::Private | Access::Local)
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
    let closed: Vec<AccountId> = app
        .store
        .read(move |db| {
            Ok::<_, Error>(
                communities::by_ids(db, &groups)?
                    .into_iter()
                    .filter(is_closed)
                    .map(|community| community.account_id)
                    .collect(),
            )
        })
        .await?;
    Ok(rows
        .into_iter()
        .filter(|(_, account)| !closed.contains(&account.id))
        .collect())
}

/// What `by` may do in a community; an administrator of this instance is in one of ours what its owner is.
pub(crate) fn standing(
    db: &mut Conn,
    id: AccountId,
    by: AccountId,
) -> Result<Option<CommunityRole>> {
    if let Some(role) = communities::role_of(db, id, by)? {
        return Ok(Some(role));
    }
    let ours = communities::by_id(db, id)?.is_some_and(|community| is_ours(&community));
    let admin = ours && users::by_id(db, by)?.is_some_and(|user| user.role == UserRole::Admin);
    Ok(admin.then_some(CommunityRole::Owner))
}

/// May this account follow the target, if that is a community?
pub(crate) fn may_join(
    app: &App,
    tx: &mut Tx<'_>,
    follower: &Account,
    target: &Account,
) -> Result<bool> {
    if target.kind != AccountKind::Group {
        return Ok(true);
    }
    let Some(community) = communities::by_id(tx, target.id)? else {
        return Ok(true);
    };
    if community.access == Access::Local && !follower.is_local() {
        return Ok(false);
    }
    Ok(communities::banned(tx, target.id, follower.id, app.now())?.is_none())
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

/// Is this actor a member, or is it a server's own actor and somebody there one?
pub async fn is_inside(app: &App, id: AccountId, uri: String) -> Result<bool> {
    app.store
        .read(move |db| {
            if communities::by_id(db, id)?.is_none() {
                return Ok(false);
            }
            let Some(account) = accounts::by_uri(db, &uri)? else {
                return Ok(false);
            };
            if let (AccountKind::Application, Some(domain)) = (account.kind, &account.domain) {
                return Ok(communities::has_member_at(db, id, domain)?);
            }
            Ok(follows::between(db, account.id, id)?
                .is_some_and(|follow| follow.state == FollowState::Accepted))
        })
        .await
}

/// The moderators of a community elsewhere, as its server lists them.
pub async fn set_moderators(app: &App, id: AccountId, people: Vec<AccountId>) -> Result<()> {
    let now = app.now();
    app.store
        .write(move |tx| {
            if communities::by_id(tx, id)?.is_none_or(|community| is_ours(&community)) {
                return Ok(());
            }
            for role in communities::roles(tx, id)? {
                if !people.contains(&role.account_id) {
                    communities::remove_role(tx, id, role.account_id)?;
                }
            }
            for account_id in people.iter().copied() {
                if communities::role_of(tx, id, account_id)?.is_none() {
                    communities::set_role(
                        tx,
                        &communities::Role {
                            community_id: id,
                            account_id,
                            role: CommunityRole::Moderator,
                            created_at: now,
                        },
                    )?;
                }
            }
            Ok(())
        })
        .await
}
