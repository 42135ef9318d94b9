//! Communities: `Group` accounts that people join by following them, post in, and look after together. Making and changing them is in
//! `create` (of one elsewhere in `asking`), what is kept of one elsewhere in `elsewhere`, which of them this server shows before others
//! in `featured`, icons and banners in `pictures`, what may be posted in `place`, what one elsewhere refuses in `refusals`, who asks to
//! join in `requests`, what moderators do in `moderation`, appeals against that in `appeals`, those that cross to moderators on other
//! servers in `judging`, and who hands a community on in `succession`.

mod appeals;
mod asking;
mod create;
mod elsewhere;
mod featured;
mod judging;
mod log;
mod moderation;
mod pictures;
mod place;
mod refusals;
mod requests;
mod seclusion;
mod succession;
mod turns;
mod votes;

use std::collections::HashMap;

use kontor_domain::{
    account::AccountKind,
    community::{Access, CommunityRole, Right},
    follow::FollowState,
    ids::AccountId,
    page::Page,
    site::same_authority,
    time::Time,
    user::Role as UserRole,
};
use kontor_store::{Conn, Tx, accounts, communities, communities::Role, follows, users};
pub use kontor_store::{
    communities::{Ban, Community, Joined, Which},
    community_log::LogEntry,
    community_posts::CommunityPost,
};

pub(crate) use appeals::heard;
pub use appeals::{Message, answer, appeal, receive_appeal};
pub use create::{Creators, Edit, NewCommunity, Settings, archive, create, delete, edit};
pub use elsewhere::{close, ensure_remote};
pub use featured::feature;
pub use judging::{
    Told, answer_from_elsewhere, appeal_known_as, hear_answer, hear_appeal, hears_of,
};
pub use log::{LogView, log};
pub use moderation::{Deed, Source, What, act, act_widely, act_with, came};
pub use pictures::{create_with_pictures, edit_from_elsewhere, edit_with_pictures};
pub use place::{check_answers, check_begins, shown, shown_before, suggest};
pub(crate) use place::{is_retitled, place, retitle, settle};
pub use refusals::{refuse, relent};
pub(crate) use requests::of_ours_looked_after;
pub use requests::{
    may_read_requests, requests, settle_all, settle_from_elsewhere, settle_request,
};
use seclusion::is_closed;
pub use seclusion::{belongs, check_known, is_private, known_to, stays_here};
pub(crate) use seclusion::{closed_among, hides_members, without_hidden};
pub(crate) use succession::vacate;
pub use turns::Turns;
pub use votes::{Due, Votes};

use crate::{App, Error, Result, accounts::Account, follows::Listed};

/// A community, with what the viewer is there.
#[derive(Debug, Clone)]
pub struct CommunityView {
    pub account: Account,
    pub community: Community,
    /// Owners first. Nobody where the viewer is not told who looks after it.
    pub moderators: Vec<(CommunityRole, Account)>,
    /// How many own it, whoever is told: nobody counts while they are suspended. `None`: it is elsewhere, and its server does not say.
    pub owners: Option<usize>,
    pub membership: Option<FollowState>,
    pub role: Option<CommunityRole>,
    pub banned: Option<Ban>,
}

impl CommunityView {
    /// Should that one leave, a rule names another.
    pub fn has_single_owner(&self) -> bool {
        is_ours(&self.community) && self.owners == Some(1)
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
    now: Time,
) -> Result<Option<CommunityView>> {
    let looks = Looks::of(db, viewer)?;
    Ok(views(db, looks, &[id], now)?.pop())
}

/// Who looks at a list.
#[derive(Debug, Clone, Copy)]
enum Looks {
    Somebody(Option<AccountId>),
    /// Of this instance.
    Member {
        id: AccountId,
        is_admin: bool,
    },
    /// Sees those too that are for people here alone.
    Operator,
}

impl Looks {
    fn of(db: &mut Conn, viewer: Option<AccountId>) -> Result<Self> {
        Ok(match viewer {
            Some(id) if is_here(db, viewer)? => Self::Member {
                id,
                is_admin: is_admin(db, id)?,
            },
            other => Self::Somebody(other),
        })
    }

    fn account(self) -> Option<AccountId> {
        match self {
            Self::Somebody(viewer) => viewer,
            Self::Member { id, .. } => Some(id),
            Self::Operator => None,
        }
    }

    /// Who looks after a community is told to everybody, or to those who do: what is shown of its log goes by the same rule.
    fn is_told_who(self, community: &Community, role: Option<CommunityRole>) -> bool {
        community.names_moderators
            || role.is_some()
            || match self {
                Self::Somebody(_) => false,
                Self::Member { is_admin, .. } => is_admin && is_ours(community),
                Self::Operator => true,
            }
    }
}

/// Those of `ids` that the viewer may come upon, in this order, with one query for each thing that is shown of them.
fn views(db: &mut Conn, looks: Looks, ids: &[AccountId], now: Time) -> Result<Vec<CommunityView>> {
    let mut found: HashMap<AccountId, Community> = communities::by_ids(db, ids)?
        .into_iter()
        .filter(|known| known.access != Access::Local || !matches!(looks, Looks::Somebody(_)))
        .map(|known| (known.account_id, known))
        .collect();
    let mut accounts: HashMap<AccountId, Account> = accounts::by_ids(db, ids)?
        .into_iter()
        .filter(|account| account.suspended_at.is_none() || matches!(looks, Looks::Operator))
        .map(|account| (account.id, account))
        .collect();
    let mut roles: HashMap<AccountId, Vec<Role>> = HashMap::new();
    for role in communities::roles_of(db, ids)? {
        roles.entry(role.community_id).or_default().push(role);
    }
    let people: Vec<AccountId> = roles
        .values()
        .flatten()
        .map(|role| role.account_id)
        .collect();
    let people = crate::accounts::map(db, &people)?;
    let (mut states, mut bans) = (HashMap::new(), HashMap::new());
    if let Some(viewer) = looks.account() {
        for follow in follows::to_many(db, viewer, ids)? {
            states.insert(follow.target_id, follow.state);
        }
        for ban in communities::bans_among(db, viewer, ids, now)? {
            bans.insert(ban.community_id, ban);
        }
    }
    let view = |id: &AccountId| {
        let (community, account) = (found.remove(id)?, accounts.remove(id)?);
        let roles = roles.remove(id).unwrap_or_default();
        let role = roles
            .iter()
            .find(|role| Some(role.account_id) == looks.account())
            .map(|role| role.role);
        let moderators = named(roles, &people);
        Some(CommunityView {
            role,
            owners: owners(&community, &moderators),
            moderators: if looks.is_told_who(&community, role) {
                moderators
            } else {
                Vec::new()
            },
            account,
            community,
            membership: states.remove(id),
            banned: bans.remove(id),
        })
    };
    Ok(ids.iter().filter_map(view).collect())
}

/// Who owns one elsewhere is known if its server names anybody.
fn owners(community: &Community, moderators: &[(CommunityRole, Account)]) -> Option<usize> {
    let mut owners = moderators
        .iter()
        .filter(|(role, _)| *role == CommunityRole::Owner)
        .peekable();
    (is_ours(community) || owners.peek().is_some()).then(|| {
        owners
            .filter(|(_, owner)| owner.suspended_at.is_none())
            .count()
    })
}

/// Who looks after a community, owners first, whoever asks: its server names them to others, or nobody could tell whose word counts.
pub async fn looking_after(app: &App, id: AccountId) -> Result<Vec<(CommunityRole, Account)>> {
    app.store
        .read(move |db| {
            communities::by_id(db, id)?
                .filter(|known| known.access != Access::Local)
                .ok_or(Error::NotFound)?;
            let roles = communities::roles(db, id)?;
            let ids: Vec<AccountId> = roles.iter().map(|role| role.account_id).collect();
            Ok(named(roles, &crate::accounts::map(db, &ids)?))
        })
        .await
}

fn named(roles: Vec<Role>, people: &HashMap<AccountId, Account>) -> Vec<(CommunityRole, Account)> {
    let of = |role: Role| Some((role.role, people.get(&role.account_id)?.clone()));
    roles.into_iter().filter_map(of).collect()
}

fn is_admin(db: &mut Conn, id: AccountId) -> Result<bool> {
    Ok(users::by_id(db, id)?.is_some_and(|user| user.role == UserRole::Admin))
}

fn is_here(db: &mut Conn, viewer: Option<AccountId>) -> Result<bool> {
    Ok(match viewer {
        Some(viewer) => accounts::by_id(db, viewer)?.is_some_and(|account| account.is_local()),
        None => false,
    })
}

/// Those of this instance: every one for operators, or what the viewer may come upon.
pub async fn ours(
    app: &App,
    viewer: Option<AccountId>,
    which: Which,
    page: Page,
) -> Result<Vec<CommunityView>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let ids = communities::ours(db, viewer.unwrap_or(AccountId(0)), which, &page)?;
            let looks = if which == Which::All {
                Looks::Operator
            } else {
                Looks::of(db, viewer)?
            };
            views(db, looks, &ids, now)
        })
        .await
}

/// Those that somebody here belongs to.
pub async fn joined(
    app: &App,
    member: AccountId,
    which: Joined,
    page: Page,
) -> Result<Vec<(i64, CommunityView)>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let rows = communities::joined(db, member, which, &page)?;
            let ids: Vec<AccountId> = rows.iter().map(|(_, id)| *id).collect();
            let looks = Looks::of(db, Some(member))?;
            let mut shown: HashMap<AccountId, CommunityView> = views(db, looks, &ids, now)?
                .into_iter()
                .map(|view| (view.account.id, view))
                .collect();
            Ok(rows
                .into_iter()
                .filter_map(|(row, id)| Some((row, shown.remove(&id)?)))
                .collect())
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
        let by = viewer.ok_or(Error::NotFound)?;
        let looks_after = app.store.read(move |db| standing(db, id, by)).await?;
        looks_after.ok_or(Error::NotFound)?;
    }
    crate::follows::all_followers(app, id, page).await
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
            check_right(db, id, by, Right::Moderate)
        })
        .await
}

/// What `by` may do in a community; an administrator of this instance is in one of ours what its owner is, whatever they are there
/// beside that.
pub(crate) fn standing(
    db: &mut Conn,
    id: AccountId,
    by: AccountId,
) -> Result<Option<CommunityRole>> {
    let role = communities::role_of(db, id, by)?;
    if role == Some(CommunityRole::Owner) {
        return Ok(role);
    }
    let ours = communities::by_id(db, id)?.is_some_and(|community| is_ours(&community));
    let admin = ours && is_admin(db, by)?;
    Ok(if admin {
        Some(CommunityRole::Owner)
    } else {
        role
    })
}

/// May `by` do this in a community? The one place where that is asked, of people here and of those elsewhere.
pub(crate) fn check_right(db: &mut Conn, id: AccountId, by: AccountId, right: Right) -> Result<()> {
    if standing(db, id, by)?.is_some_and(|role| role.may(right)) {
        return Ok(());
    }
    Err(Error::Forbidden(match right {
        Right::Moderate | Right::Resign => "Only its moderators may do this",
        Right::Appoint | Right::Edit => "Only its owners may do this",
    }))
}

/// What somebody must have the right to who wants this of a community: of one elsewhere it is known who owns it if its server says so, and
/// otherwise that server finds out.
pub(super) fn right_in(db: &mut Conn, community: &Community, right: Right) -> Result<Right> {
    let known = is_ours(community)
        || communities::roles(db, community.account_id)?
            .iter()
            .any(|role| role.role == CommunityRole::Owner);
    Ok(if known { right } else { Right::Moderate })
}

/// May this account have its say on what is in a community? What a group passes on it took in before it banned anybody.
pub(crate) fn may_take_part(
    app: &App,
    tx: &mut Tx<'_>,
    (community, by): (Option<AccountId>, AccountId),
    source: Source,
) -> Result<()> {
    match community.filter(|_| source != Source::Group) {
        Some(id) if communities::banned(tx, id, by, app.now())?.is_some() => {
            Err(Error::Forbidden("You are banned from this community"))
        }
        _ => Ok(()),
    }
}

/// May an author say something else in a community than they did? If not, and it came from elsewhere, their server hears of it.
pub(crate) fn may_change(
    app: &App,
    tx: &mut Tx<'_>,
    (community, by): (Option<AccountId>, AccountId),
    source: Source,
) -> Result<()> {
    match (may_take_part(app, tx, (community, by), source), community) {
        (Err(Error::Forbidden(why)), Some(community)) if source == Source::Peer => {
            Err(Error::TurnedAway { community, why })
        }
        (other, _) => other,
    }
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

/// Is this actor a member, or is it a server's own actor and somebody there one? Of a closed community that is told to the actor's own
/// server, and to those of members.
pub async fn is_inside(
    app: &App,
    asker: Option<AccountId>,
    id: AccountId,
    uri: String,
) -> Result<bool> {
    app.store
        .read(move |db| {
            let Some(community) = communities::by_id(db, id)? else {
                return Ok(false);
            };
            if is_closed(&community) {
                let Some(asker) = asker else { return Ok(false) };
                let Some(asker) = accounts::by_id(db, asker)? else {
                    return Ok(false);
                };
                let inside = match &asker.domain {
                    Some(domain) => communities::has_member_at(db, id, domain)?,
                    None => false,
                };
                if !inside && !same_authority(&asker.uri, &uri) {
                    return Ok(false);
                }
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

/// Who looks after a community elsewhere, as its server lists them. One that does not say who owns it lists moderators.
pub async fn set_moderators(
    app: &App,
    id: AccountId,
    people: Vec<(AccountId, CommunityRole)>,
) -> Result<()> {
    let now = app.now();
    app.store
        .write(move |tx| {
            if communities::by_id(tx, id)?.is_none_or(|community| is_ours(&community)) {
                return Ok(());
            }
            for role in communities::roles(tx, id)? {
                if people.iter().all(|(one, _)| *one != role.account_id) {
                    communities::remove_role(tx, id, role.account_id)?;
                }
            }
            for (account_id, role) in people.iter().copied() {
                if communities::role_of(tx, id, account_id)? != Some(role) {
                    communities::set_role(
                        tx,
                        &communities::Role {
                            community_id: id,
                            account_id,
                            role,
                            created_at: now,
                        },
                    )?;
                }
            }
            Ok(())
        })
        .await
}
