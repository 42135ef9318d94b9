//! What was decided about other servers, by domain, and what that makes of their accounts. Which rule holds for a host is
//! said in `domain::peer`.

use diesel::{prelude::*, sql_types::Bool};
use kontor_domain::{
    ids::{AccountId, DomainPolicyId},
    page::Page,
    peer::{Rule, Severity, SuspendedBy},
    time::Time,
};

use crate::{
    Conn, Error, Result, Tx,
    among::IsAmong,
    schema::{accounts, domain_policies, domain_policies_version as version},
    tag_days,
};

/// What processes listen for to read the rules again.
pub const TOPIC: &str = "peers";

/// A row of `domain_policies`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = domain_policies)]
pub struct DomainPolicy {
    pub domain: String,
    pub severity: Severity,
    pub reject_media: bool,
    pub reject_reports: bool,
    /// The public list does not spell the domain out.
    pub obfuscate: bool,
    pub public_comment: String,
    pub private_comment: String,
    pub created_at: Time,
    /// What clients know it by.
    pub id: DomainPolicyId,
}

impl From<DomainPolicy> for Rule {
    fn from(row: DomainPolicy) -> Self {
        Self {
            domain: row.domain,
            severity: row.severity,
            reject_media: row.reject_media,
            reject_reports: row.reject_reports,
        }
    }
}

/// All of them, by name: they are what an operator typed or imported.
pub fn all(db: &mut Conn) -> Result<Vec<DomainPolicy>> {
    each!(db, |c| Ok(domain_policies::table
        .order(domain_policies::domain.asc())
        .select(DomainPolicy::as_select())
        .load(c)?))
}

/// Those of these kinds, with the greatest ids first.
pub fn page(db: &mut Conn, kinds: &[Severity], page: &Page) -> Result<Vec<DomainPolicy>> {
    each!(db, |c| {
        let query = domain_policies::table
            .filter(domain_policies::severity.among(kinds))
            .select(DomainPolicy::as_select());
        Ok(keyset!(query, domain_policies::id, page, c))
    })
}

pub fn by_id(db: &mut Conn, id: DomainPolicyId) -> Result<Option<DomainPolicy>> {
    each!(db, |c| Ok(domain_policies::table
        .filter(domain_policies::id.eq(id))
        .select(DomainPolicy::as_select())
        .first(c)
        .optional()?))
}

pub fn rules(db: &mut Conn) -> Result<Vec<Rule>> {
    Ok(all(db)?.into_iter().map(Rule::from).collect())
}

/// Grows with every change.
pub fn revision(db: &mut Conn) -> Result<i64> {
    each!(db, |c| Ok(version::table
        .select(version::version)
        .first(c)
        .optional()?
        .unwrap_or_default()))
}

fn changed(tx: &mut Tx<'_>) -> Result<()> {
    each!(tx, |c| diesel::update(version::table)
        .set(version::version.eq(version::version + 1))
        .execute(c))?;
    tx.notify(TOPIC, "");
    Ok(())
}

/// Makes or replaces the rule for its domain. Time and id of the first one stay. `false`: it was so already.
pub fn set(tx: &mut Tx<'_>, policy: &DomainPolicy) -> Result<bool> {
    let known = by_domain(tx, &policy.domain)?;
    let first = known.as_ref().unwrap_or(policy);
    let policy = DomainPolicy {
        created_at: first.created_at,
        id: first.id,
        ..policy.clone()
    };
    if known.as_ref() == Some(&policy) {
        return Ok(false);
    }
    each!(tx, |c| diesel::insert_into(domain_policies::table)
        .values(&policy)
        .on_conflict(domain_policies::domain)
        .do_update()
        .set(&policy)
        .execute(c))?;
    changed(tx)?;
    Ok(true)
}

pub fn by_domain(db: &mut Conn, domain: &str) -> Result<Option<DomainPolicy>> {
    each!(db, |c| Ok(domain_policies::table
        .find(domain)
        .select(DomainPolicy::as_select())
        .first(c)
        .optional()?))
}

/// `false`: there was none.
pub fn remove(tx: &mut Tx<'_>, domain: &str) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(domain_policies::table.find(domain))
        .execute(c))?;
    if rows == 0 {
        return Ok(false);
    }
    changed(tx)?;
    Ok(true)
}

/// What a rule must know of an account, to be brought upon it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct Subject {
    pub id: AccountId,
    pub domain: Option<String>,
    pub uri: String,
    pub avatar_url: Option<String>,
    pub header_url: Option<String>,
    /// Of the texts of its profile, as JSON.
    pub emojis: String,
    pub limited: bool,
    /// By an operator: it stays limited, whatever the rules say.
    pub silenced: bool,
    pub suspended_at: Option<Time>,
    pub suspended_by: Option<SuspendedBy>,
}

/// Remote accounts by their ids, those after `after`.
pub fn subjects(db: &mut Conn, after: AccountId, limit: i64) -> Result<Vec<Subject>> {
    each!(db, |c| Ok(accounts::table
        .filter(accounts::id.gt(after))
        .filter(accounts::domain.is_not_null())
        .order(accounts::id.asc())
        .limit(limit)
        .select(Subject::as_select())
        .load(c)?))
}

/// What a rule makes of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Open,
    Limited,
    Blocked,
}

/// Brings a standing upon accounts. What a person of this instance, or the accounts' own server, suspended stays suspended, and
/// whom a person of this instance silenced stays limited.
pub fn set_standing(
    tx: &mut Tx<'_>,
    ids: &[AccountId],
    standing: Standing,
    now: Time,
) -> Result<()> {
    let limited = standing == Standing::Limited;
    let changed: Vec<AccountId> = each!(tx, |c| accounts::table
        .filter(accounts::id.among(ids))
        .filter(accounts::limited.ne(accounts::silenced.or(limited.into_sql::<Bool>())))
        .select(accounts::id)
        .load(c))?;
    each!(tx, |c| {
        let these = || accounts::table.filter(accounts::id.among(ids));
        diesel::update(these())
            .set(accounts::limited.eq(accounts::silenced.or(limited.into_sql::<Bool>())))
            .execute(c)?;
        if standing == Standing::Blocked {
            diesel::update(these().filter(accounts::suspended_at.is_null()))
                .set((
                    accounts::suspended_at.eq(now),
                    accounts::suspended_by.eq(SuspendedBy::Policy),
                ))
                .execute(c)?;
        } else {
            diesel::update(these().filter(accounts::suspended_by.eq(SuspendedBy::Policy)))
                .set((
                    accounts::suspended_at.eq(None::<Time>),
                    accounts::suspended_by.eq(None::<SuspendedBy>),
                ))
                .execute(c)?;
        }
        Ok::<_, Error>(())
    })?;
    tag_days::recount(tx, &changed)
}

/// Pictures of accounts whose media are not taken.
pub fn forget_pictures(tx: &mut Tx<'_>, ids: &[AccountId]) -> Result<()> {
    each!(tx, |c| diesel::update(
        accounts::table.filter(accounts::id.among(ids))
    )
    .set((
        accounts::avatar_url.eq(None::<String>),
        accounts::header_url.eq(None::<String>),
        accounts::emojis.eq("[]"),
    ))
    .execute(c))?;
    Ok(())
}
