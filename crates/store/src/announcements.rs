//! What the operators tell everybody here, who does not want to read it again, and with which emoji people answer it.

use diesel::{
    QueryableByName,
    prelude::*,
    sql_types::{BigInt, Text},
};
use kontor_domain::{
    ids::{AccountId, AnnouncementId, AnnouncementReactionId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    prepared::{Bind, Prepared},
    schema::{announcement_dismissals, announcement_reactions, announcements},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = announcements)]
pub struct Announcement {
    pub id: AnnouncementId,
    /// As it was written.
    pub text: String,
    pub starts_at: Option<Time>,
    pub ends_at: Option<Time>,
    pub all_day: bool,
    pub created_at: Time,
    pub updated_at: Time,
}

pub fn insert(tx: &mut Tx<'_>, announcement: &Announcement) -> Result<()> {
    each!(tx, |c| diesel::insert_into(announcements::table)
        .values(announcement)
        .execute(c))?;
    Ok(())
}

/// `false`: it was not there.
pub fn delete(tx: &mut Tx<'_>, id: AnnouncementId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(announcements::table.find(id))
        .execute(c))?;
    Ok(rows == 1)
}

pub fn by_id(db: &mut Conn, id: AnnouncementId) -> Result<Option<Announcement>> {
    each!(db, |c| Ok(announcements::table
        .find(id)
        .select(Announcement::as_select())
        .first(c)
        .optional()?))
}

pub fn count(db: &mut Conn) -> Result<i64> {
    each!(db, |c| Ok(announcements::table.count().get_result(c)?))
}

/// All of them, the newest first. There are no more than the settings allow.
pub fn all(db: &mut Conn) -> Result<Vec<Announcement>> {
    each!(db, |c| Ok(announcements::table
        .order(announcements::id.desc())
        .select(Announcement::as_select())
        .load(c)?))
}

/// `account` does not want to read it again. Doing it again changes nothing.
pub fn dismiss(tx: &mut Tx<'_>, id: AnnouncementId, account: AccountId) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(announcement_dismissals::table)
            .values((
                announcement_dismissals::announcement_id.eq(id),
                announcement_dismissals::account_id.eq(account),
            ))
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(())
}

/// Which of them `account` does not want to read again.
pub fn dismissed(
    db: &mut Conn,
    account: AccountId,
    ids: &[AnnouncementId],
) -> Result<Vec<AnnouncementId>> {
    each!(db, |c| Ok(announcement_dismissals::table
        .filter(announcement_dismissals::account_id.eq(account))
        .filter(announcement_dismissals::announcement_id.among(ids))
        .select(announcement_dismissals::announcement_id)
        .load(c)?))
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = announcement_reactions)]
pub struct Reaction {
    pub id: AnnouncementReactionId,
    pub announcement_id: AnnouncementId,
    pub account_id: AccountId,
    /// An emoji of Unicode, or the name of one of ours.
    pub name: String,
    pub created_at: Time,
}

/// `false`: it was there before.
pub fn react(tx: &mut Tx<'_>, reaction: &Reaction) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(announcement_reactions::table)
            .values(reaction)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// `false`: it was not there.
pub fn unreact(
    tx: &mut Tx<'_>,
    id: AnnouncementId,
    account: AccountId,
    name: &str,
) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::delete(
            announcement_reactions::table
                .filter(announcement_reactions::announcement_id.eq(id))
                .filter(announcement_reactions::account_id.eq(account))
                .filter(announcement_reactions::name.eq(name)),
        )
        .execute(c)
    })?;
    Ok(rows == 1)
}

/// One emoji under one announcement.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Reacted {
    #[diesel(sql_type = BigInt)]
    pub announcement_id: AnnouncementId,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// How many of them are the viewer's: none or one.
    #[diesel(sql_type = BigInt)]
    pub own: i64,
}

/// The emoji under these announcements, in the order in which each came first.
pub fn reactions(db: &mut Conn, viewer: AccountId, ids: &[AnnouncementId]) -> Result<Vec<Reacted>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; ids.len()].join(", ");
    let text = format!(
        "SELECT announcement_id, name, COUNT(*) AS count, COUNT(CASE WHEN account_id = ? THEN 1 END) AS own \
         FROM announcement_reactions WHERE announcement_id IN ({places}) \
         GROUP BY announcement_id, name ORDER BY MIN(id)"
    );
    let mut binds = vec![Bind::Big(viewer.0)];
    binds.extend(ids.iter().map(|id| Bind::Big(id.0)));
    Ok(each!(db, |c| Prepared::new(text, binds).load(c))?)
}
