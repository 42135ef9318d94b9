//! What people and peers bring to the operators' notice.

use diesel::{prelude::*, sql_types::BigInt};
use kontor_domain::{
    ids::{AccountId, PostId, ReportId},
    page::Page,
    report::ReportCategory,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    prepared::{Bind, Prepared},
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
    /// They are done with it; the operators may not be.
    pub community_resolved_at: Option<Time>,
    /// Who looks after it.
    pub assigned_to: Option<AccountId>,
    pub resolved_by: Option<AccountId>,
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

pub fn by_ids(db: &mut Conn, ids: &[ReportId]) -> Result<Vec<Report>> {
    each!(db, |c| Ok(reports::table
        .filter(reports::id.among(ids))
        .select(Report::as_select())
        .load(c)?))
}

/// Is there an earlier report of the same account that nobody has resolved?
pub fn has_earlier(db: &mut Conn, report: &Report) -> Result<bool> {
    each!(db, |c| Ok(diesel::select(diesel::dsl::exists(
        reports::table
            .filter(reports::target_id.eq(report.target_id))
            .filter(reports::id.lt(report.id))
            .filter(reports::resolved_at.is_null()),
    ))
    .get_result(c)?))
}

pub fn subjects(db: &mut Conn, ids: &[ReportId]) -> Result<Vec<Subject>> {
    each!(db, |c| Ok(report_posts::table
        .filter(report_posts::report_id.among(ids))
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

/// Its moderators are done with it. `false`: they were before.
pub fn resolve_in(tx: &mut Tx<'_>, id: ReportId, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(reports::table.find(id))
        .filter(reports::community_resolved_at.is_null())
        .set(reports::community_resolved_at.eq(now))
        .execute(c))?;
    Ok(rows == 1)
}

/// Those that the moderators of one community are not done with.
pub fn open_in(db: &mut Conn, community: AccountId, page: &Page) -> Result<Vec<Report>> {
    each!(db, |c| {
        Ok(keyset!(
            reports::table
                .filter(
                    reports::community_resolved_at
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

/// Which of them an operator looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Selection {
    pub resolved: bool,
    pub by: Option<AccountId>,
    pub target: Option<AccountId>,
}

/// Newest first.
pub fn page(db: &mut Conn, which: Selection, page: &Page) -> Result<Vec<Report>> {
    // 0 is nobody's id, and stands for everybody.
    let number = |id: Option<AccountId>| id.map_or(0, |id| id.0);
    let state = if which.resolved { "NOT NULL" } else { "NULL" };
    let order = if page.upward() { "ASC" } else { "DESC" };
    let text = format!(
        "SELECT id FROM reports WHERE resolved_at IS {state} AND (? = 0 OR account_id = ?) AND (? = 0 OR target_id = ?) \
         AND id < ? AND id > ? ORDER BY id {order} LIMIT ?"
    );
    let (by, target) = (number(which.by), number(which.target));
    let numbers = [
        by,
        by,
        target,
        target,
        page.max_id.unwrap_or(i64::MAX),
        page.floor().unwrap_or(i64::MIN),
        page.limit,
    ];
    let binds = numbers.into_iter().map(Bind::Big).collect();
    let ids: Vec<Row> = each!(db, |c| Prepared::new(text, binds).load(c))?;
    let ids: Vec<ReportId> = ids.into_iter().map(|row| row.id).collect();
    each!(db, |c| Ok(reports::table
        .filter(reports::id.among(&ids))
        .order(reports::id.desc())
        .select(Report::as_select())
        .load(c)?))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: ReportId,
}

/// Somebody looks after it, or nobody does any more.
pub fn assign(tx: &mut Tx<'_>, id: ReportId, to: Option<AccountId>) -> Result<()> {
    each!(tx, |c| diesel::update(reports::table.find(id))
        .set(reports::assigned_to.eq(to))
        .execute(c))?;
    Ok(())
}

/// What it is about, as an operator sees it. `rule_ids` is a JSON list.
pub fn set_category(
    tx: &mut Tx<'_>,
    id: ReportId,
    category: ReportCategory,
    rule_ids: &str,
) -> Result<()> {
    each!(tx, |c| diesel::update(reports::table.find(id))
        .set((
            reports::category.eq(category),
            reports::rule_ids.eq(rule_ids),
        ))
        .execute(c))?;
    Ok(())
}

/// It is open again.
pub fn reopen(tx: &mut Tx<'_>, id: ReportId) -> Result<()> {
    each!(tx, |c| diesel::update(reports::table.find(id))
        .set((
            reports::resolved_at.eq(None::<Time>),
            reports::resolved_by.eq(None::<AccountId>),
        ))
        .execute(c))?;
    Ok(())
}

/// `false`: it is not there, or was resolved before. `by` is nobody for somebody at the machine.
pub fn resolve(tx: &mut Tx<'_>, id: ReportId, by: Option<AccountId>, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::update(reports::table.find(id))
            .filter(reports::resolved_at.is_null())
            .set((reports::resolved_at.eq(now), reports::resolved_by.eq(by)))
            .execute(c)
    })?;
    Ok(rows == 1)
}
