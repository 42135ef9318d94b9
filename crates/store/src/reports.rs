//! What people and peers bring to the operators' notice.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, PostId, ReportId},
    page::Page,
    report::ReportCategory,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    schema::{report_posts, reports},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = reports)]
pub struct Report {
    pub id: ReportId,
    /// Of the Flag.
    pub uri: String,
    /// Who reports.
    pub account_id: AccountId,
    /// Who is reported.
    pub target_id: AccountId,
    /// The server that it came from; `None`: from here.
    pub source: Option<String>,
    pub category: ReportCategory,
    pub comment: String,
    /// JSON list.
    pub rule_ids: String,
    pub forwarded: bool,
    /// JSON list of hosts.
    pub forward_to: String,
    pub created_at: Time,
    pub resolved_at: Option<Time>,
    /// Its moderators are told as well.
    pub community_id: Option<AccountId>,
}

/// A post that a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = report_posts, treat_none_as_default_value = false)]
pub struct Subject {
    pub report_id: ReportId,
    pub uri: String,
    /// `None`: it is gone.
    pub post_id: Option<PostId>,
}

/// `false`: it came before.
pub fn insert_if_new(tx: &mut Tx<'_>, report: &Report, subjects: &[Subject]) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(reports::table)
            .values(report)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    if rows == 1 {
        each!(tx, |c| {
            diesel::insert_into(report_posts::table)
                .values(subjects)
                .on_conflict_do_nothing()
                .execute(c)
        })?;
    }
    Ok(rows == 1)
}

pub fn by_id(db: &mut Conn, id: ReportId) -> Result<Option<Report>> {
    each!(db, |c| Ok(reports::table
        .find(id)
        .select(Report::as_select())
        .first(c)
        .optional()?))
}

pub fn subjects(db: &mut Conn, ids: &[ReportId]) -> Result<Vec<Subject>> {
    each!(db, |c| Ok(report_posts::table
        .filter(report_posts::report_id.eq_any(ids))
        .order(report_posts::uri.asc())
        .select(Subject::as_select())
        .load(c)?))
}

/// Those that nobody has resolved, newest first.
pub fn open(db: &mut Conn, page: &Page) -> Result<Vec<Report>> {
    each!(db, |c| {
        Ok(keyset!(
            reports::table
                .filter(reports::resolved_at.is_null())
                .select(Report::as_select()),
            reports::id,
            page,
            c
        ))
    })
}

/// The same of one community.
pub fn open_in(db: &mut Conn, community: AccountId, page: &Page) -> Result<Vec<Report>> {
    each!(db, |c| {
        Ok(keyset!(
            reports::table
                .filter(
                    reports::resolved_at
                        .is_null()
                        .and(reports::community_id.eq(community).assume_not_null())
                )
                .select(Report::as_select()),
            reports::id,
            page,
            c
        ))
    })
}

/// `false`: it is not there, or was resolved before.
pub fn resolve(tx: &mut Tx<'_>, id: ReportId, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::update(reports::table.find(id))
            .filter(reports::resolved_at.is_null())
            .set(reports::resolved_at.eq(now))
            .execute(c)
    })?;
    Ok(rows == 1)
}
