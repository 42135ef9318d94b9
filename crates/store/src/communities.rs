//! Communities: what each is, who looks after it, who is kept out. Its members are its followers.

use diesel::prelude::*;
use kontor_domain::{
    account::AccountKind,
    community::{Access, CommunityRole, Posting},
    follow::FollowState,
    ids::{AccountId, BanId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{accounts, communities, community_bans, community_roles, follows},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = communities)]
pub struct Community {
    pub account_id: AccountId,
    pub access: Access,
    pub posting: Posting,
    pub purpose: String,
    pub rules: String,
    /// JSON list of codes.
    pub languages: String,
    /// Where its server lists its moderators; `None`: it is ours.
    pub moderators_url: Option<String>,
    pub names_moderators: bool,
    pub archived_at: Option<Time>,
    pub created_at: Time,
    /// Shown before others by this server.
    pub featured_at: Option<Time>,
}

/// What may be changed of one; `None`: it stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = communities)]
pub struct Changes {
    pub access: Option<Access>,
    pub posting: Option<Posting>,
    pub purpose: Option<String>,
    pub rules: Option<String>,
    pub languages: Option<String>,
    pub moderators_url: Option<Option<String>>,
    pub names_moderators: Option<bool>,
    pub archived_at: Option<Option<Time>>,
    pub featured_at: Option<Option<Time>>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = community_roles)]
pub struct Role {
    pub community_id: AccountId,
    pub account_id: AccountId,
    pub role: CommunityRole,
    pub created_at: Time,
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = community_bans)]
pub struct Ban {
    pub id: BanId,
    pub community_id: AccountId,
    pub account_id: AccountId,
    pub reason: String,
    /// `None`: for good.
    pub expires_at: Option<Time>,
    pub created_at: Time,
}

/// `false`: it was there already.
pub fn insert_if_new(tx: &mut Tx<'_>, community: &Community) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(communities::table)
            .values(community)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn by_id(db: &mut Conn, id: AccountId) -> Result<Option<Community>> {
    each!(db, |c| Ok(communities::table
        .find(id)
        .select(Community::as_select())
        .first(c)
        .optional()?))
}

/// In no order.
pub fn by_ids(db: &mut Conn, ids: &[AccountId]) -> Result<Vec<Community>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    each!(db, |c| Ok(communities::table
        .filter(communities::account_id.among(ids))
        .select(Community::as_select())
        .load(c)?))
}

pub fn change(tx: &mut Tx<'_>, id: AccountId, changes: &Changes) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    each!(tx, |c| diesel::update(communities::table.find(id))
        .set(changes)
        .execute(c))?;
    Ok(())
}

/// Which of those that are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those too that are kept out of lists.
    All,
    /// What the viewer may come upon.
    Listed,
    /// Of these, what this server shows before others.
    Featured,
}

/// Those that are ours, the newest first.
pub fn ours(db: &mut Conn, viewer: AccountId, which: Which, page: &Page) -> Result<Vec<AccountId>> {
    each!(db, |c| {
        let mut query = communities::table
            .filter(communities::moderators_url.is_null())
            .filter(diesel::dsl::exists(
                accounts::table
                    .filter(accounts::id.eq(communities::account_id))
                    .filter(accounts::domain.is_null())
                    .filter(accounts::suspended_at.is_null()),
            ))
            .select(communities::account_id)
            .into_boxed();
        if which == Which::Featured {
            query = query.filter(communities::featured_at.is_not_null());
        }
        if which != Which::All {
            let is_local = diesel::dsl::exists(
                accounts::table
                    .filter(accounts::id.eq(viewer))
                    .filter(accounts::domain.is_null()),
            );
            query = query.filter(
                communities::access
                    .eq_any([Access::Public, Access::Restricted, Access::Private])
                    .or(communities::access.eq(Access::Local).and(is_local))
                    .or(followed_by!(viewer, communities::account_id)),
            );
        }
        let rows: Vec<i64> = keyset!(query, communities::account_id, page, c);
        Ok(rows.into_iter().map(AccountId).collect())
    })
}

/// Which of those that somebody belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    All,
    /// That they look after.
    LookedAfter,
}

/// Those that somebody belongs to, the newest membership first: the row that each is paged by, and the community.
pub fn joined(
    db: &mut Conn,
    member: AccountId,
    which: Joined,
    page: &Page,
) -> Result<Vec<(i64, AccountId)>> {
    each!(db, |c| {
        let mut query = follows::table
            .filter(follows::follower_id.eq(member))
            .filter(follows::state.eq(FollowState::Accepted))
            .filter(diesel::dsl::exists(
                communities::table.filter(communities::account_id.eq(follows::target_id)),
            ))
            .select((follows::id, follows::target_id))
            .into_boxed();
        if which == Joined::LookedAfter {
            query = query.filter(diesel::dsl::exists(
                community_roles::table
                    .filter(community_roles::community_id.eq(follows::target_id))
                    .filter(community_roles::account_id.eq(member)),
            ));
        }
        let rows: Vec<(i64, AccountId)> = keyset!(query, follows::id, page, c);
        Ok(rows)
    })
}

pub fn role_of(
    db: &mut Conn,
    community: AccountId,
    account: AccountId,
) -> Result<Option<CommunityRole>> {
    each!(db, |c| Ok(community_roles::table
        .find((community, account))
        .select(community_roles::role)
        .first(c)
        .optional()?))
}

/// Owners first, then by how long they have been it.
pub fn roles(db: &mut Conn, community: AccountId) -> Result<Vec<Role>> {
    roles_of(db, &[community])
}

/// The same of several communities, all in one list.
pub fn roles_of(db: &mut Conn, among: &[AccountId]) -> Result<Vec<Role>> {
    let mut roles: Vec<Role> = each!(db, |c| community_roles::table
        .filter(community_roles::community_id.among(among))
        .select(Role::as_select())
        .load(c))?;
    roles.sort_by_key(|role| {
        (
            role.role != CommunityRole::Owner,
            role.created_at,
            role.account_id,
        )
    });
    Ok(roles)
}

/// What somebody is in these communities.
pub fn roles_among(
    db: &mut Conn,
    account: AccountId,
    among: &[AccountId],
) -> Result<Vec<(AccountId, CommunityRole)>> {
    each!(db, |c| Ok(community_roles::table
        .filter(community_roles::account_id.eq(account))
        .filter(community_roles::community_id.among(among))
        .select((community_roles::community_id, community_roles::role))
        .load(c)?))
}

/// Every community that somebody looks after.
pub fn roles_by(db: &mut Conn, account: AccountId) -> Result<Vec<(AccountId, CommunityRole)>> {
    each!(db, |c| Ok(community_roles::table
        .filter(community_roles::account_id.eq(account))
        .select((community_roles::community_id, community_roles::role))
        .load(c)?))
}

pub fn set_role(tx: &mut Tx<'_>, role: &Role) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(community_roles::table)
            .values(role)
            .on_conflict((community_roles::community_id, community_roles::account_id))
            .do_update()
            .set(community_roles::role.eq(role.role))
            .execute(c)
    })?;
    Ok(())
}

/// `false`: there was none.
pub fn remove_role(tx: &mut Tx<'_>, community: AccountId, account: AccountId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        community_roles::table.find((community, account))
    )
    .execute(c))?;
    Ok(rows == 1)
}

/// The member here who has been one for the longest, but for one of them.
pub fn eldest_member(
    db: &mut Conn,
    community: AccountId,
    but: AccountId,
) -> Result<Option<AccountId>> {
    each!(db, |c| Ok(follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::follower_id)))
        .filter(follows::target_id.eq(community))
        .filter(follows::state.eq(FollowState::Accepted))
        .filter(accounts::domain.is_null())
        .filter(accounts::suspended_at.is_null())
        .filter(follows::follower_id.ne(but))
        .order(follows::id.asc())
        .select(follows::follower_id)
        .first(c)
        .optional()?))
}

/// Is anybody of this server a member?
pub fn has_member_at(db: &mut Conn, community: AccountId, domain: &str) -> Result<bool> {
    each!(db, |c| Ok(diesel::select(diesel::dsl::exists(
        follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::follower_id)))
            .filter(follows::target_id.eq(community))
            .filter(follows::state.eq(FollowState::Accepted))
            .filter(accounts::domain.eq(domain))
    ))
    .get_result(c)?))
}

/// One that is in force goes on with other words and another end; one that is over is another one.
pub fn ban(tx: &mut Tx<'_>, ban: &Ban) -> Result<()> {
    if banned(tx, ban.community_id, ban.account_id, ban.created_at)?.is_none() {
        unban(tx, ban.community_id, ban.account_id, ban.created_at)?;
    }
    each!(tx, |c| {
        diesel::insert_into(community_bans::table)
            .values(ban)
            .on_conflict((community_bans::community_id, community_bans::account_id))
            .do_update()
            .set((
                community_bans::reason.eq(&ban.reason),
                community_bans::expires_at.eq(ban.expires_at),
            ))
            .execute(c)
    })?;
    Ok(())
}

/// `false`: there was none that is in force. One that is over goes too.
pub fn unban(tx: &mut Tx<'_>, community: AccountId, account: AccountId, now: Time) -> Result<bool> {
    let in_force = banned(tx, community, account, now)?.is_some();
    each!(tx, |c| diesel::delete(
        community_bans::table
            .filter(community_bans::community_id.eq(community))
            .filter(community_bans::account_id.eq(account))
    )
    .execute(c))?;
    Ok(in_force)
}

/// The ban that is in force.
pub fn banned(
    db: &mut Conn,
    community: AccountId,
    account: AccountId,
    now: Time,
) -> Result<Option<Ban>> {
    each!(db, |c| Ok(community_bans::table
        .filter(community_bans::community_id.eq(community))
        .filter(community_bans::account_id.eq(account))
        .filter(
            community_bans::expires_at
                .is_null()
                .or(community_bans::expires_at.gt(now).assume_not_null())
        )
        .select(Ban::as_select())
        .first(c)
        .optional()?))
}

/// Those in force of one account in these communities.
pub fn bans_among(
    db: &mut Conn,
    account: AccountId,
    among: &[AccountId],
    now: Time,
) -> Result<Vec<Ban>> {
    each!(db, |c| Ok(community_bans::table
        .filter(community_bans::account_id.eq(account))
        .filter(community_bans::community_id.among(among))
        .filter(
            community_bans::expires_at
                .is_null()
                .or(community_bans::expires_at.gt(now).assume_not_null())
        )
        .select(Ban::as_select())
        .load(c)?))
}

/// Those in force, the newest first.
pub fn bans(db: &mut Conn, community: AccountId, now: Time, page: &Page) -> Result<Vec<Ban>> {
    each!(db, |c| {
        let rows: Vec<Ban> = keyset!(
            community_bans::table
                .filter(community_bans::community_id.eq(community))
                .filter(
                    community_bans::expires_at
                        .is_null()
                        .or(community_bans::expires_at.gt(now).assume_not_null())
                )
                .select(Ban::as_select()),
            community_bans::id,
            page,
            c
        );
        Ok(rows)
    })
}

/// Group accounts among these addresses that are communities here or are known as groups elsewhere.
pub fn groups_by_uris(db: &mut Conn, uris: &[&str]) -> Result<Vec<(AccountId, String)>> {
    if uris.is_empty() {
        return Ok(Vec::new());
    }
    each!(db, |c| Ok(accounts::table
        .filter(accounts::uri.among(uris))
        .filter(accounts::kind.eq(AccountKind::Group))
        .filter(accounts::suspended_at.is_null())
        .select((accounts::id, accounts::uri))
        .load(c)?))
}
