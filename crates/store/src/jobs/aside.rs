//! Jobs that failed too often, or for good: kept with their reason until somebody tries them again, or they are too many or too old.

use diesel::{dsl::count_star, prelude::*};
use kontor_domain::{ids::JobId, page::Page, time::Time};

use super::{Job, TOPIC};
use crate::{Conn, Result, Tx, among::IsAmong, schema::jobs};

/// Not tried again by itself; kept with its reason.
pub fn set_aside(tx: &mut Tx<'_>, id: JobId, now: Time, why: &str) -> Result<()> {
    let queue: Option<String> = each!(tx, |c| {
        diesel::update(jobs::table.find(id))
            .set((
                jobs::attempts.eq(jobs::attempts + 1),
                jobs::failed_at.eq(now),
                jobs::locked_until.eq(None::<Time>),
                jobs::last_error.eq(why),
            ))
            .returning(jobs::queue)
            .get_result(c)
            .optional()
    })?;
    if let Some(queue) = queue {
        tx.notify(TOPIC, queue);
    }
    Ok(())
}

/// Jobs that were set aside, newest first, of one share or of all.
pub fn set_aside_of(
    db: &mut Conn,
    queue: &str,
    share: Option<&str>,
    page: &Page,
) -> Result<Vec<Job>> {
    each!(db, |c| {
        let mut query = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_not_null())
            .filter(jobs::id.lt(JobId(page.max_id.unwrap_or(i64::MAX))))
            .order(jobs::id.desc())
            .limit(page.limit)
            .select(Job::as_select())
            .into_boxed();
        if let Some(share) = share {
            query = query.filter(jobs::share.eq(share));
        }
        Ok(query.load(c)?)
    })
}

/// Jobs that were set aside are tried again from the beginning. Returns how many.
pub fn retry(tx: &mut Tx<'_>, ids: &[JobId], now: Time) -> Result<usize> {
    let rows = each!(tx, |c| {
        diesel::update(jobs::table.filter(jobs::id.among(ids)))
            .filter(jobs::failed_at.is_not_null())
            .set((
                jobs::failed_at.eq(None::<Time>),
                jobs::attempts.eq(0),
                jobs::run_at.eq(now),
                jobs::locked_until.eq(None::<Time>),
            ))
            .execute(c)
    })?;
    tx.notify(TOPIC, "");
    Ok(rows)
}

/// Shares of a queue with more than `most` jobs that were set aside.
pub fn crowded(db: &mut Conn, queue: &str, most: i64) -> Result<Vec<String>> {
    each!(db, |c| {
        let found: Vec<Option<String>> = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_not_null())
            .filter(jobs::share.is_not_null())
            .group_by(jobs::share)
            .having(count_star().gt(most))
            .select(jobs::share)
            .load(c)?;
        Ok(found.into_iter().flatten().collect())
    })
}

/// Which of the jobs that were set aside, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    /// Set aside before a moment.
    Before(Time),
    Of(String),
}

/// How many jobs of a share were set aside.
pub fn aside_of(db: &mut Conn, queue: &str, share: &str) -> Result<i64> {
    each!(db, |c| Ok(jobs::table
        .filter(jobs::queue.eq(queue))
        .filter(jobs::share.eq(share))
        .filter(jobs::failed_at.is_not_null())
        .count()
        .get_result(c)?))
}

/// Takes jobs away that were set aside, so many at most, and returns them.
pub fn take_aside(tx: &mut Tx<'_>, queue: &str, which: &Aside, most: i64) -> Result<Vec<Job>> {
    each!(tx, |c| {
        let aside = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_not_null())
            .order(jobs::failed_at.asc())
            .limit(most)
            .select(Job::as_select());
        let found: Vec<Job> = match which {
            Aside::Before(at) => aside.filter(jobs::failed_at.lt(*at)).load(c)?,
            Aside::Of(share) => aside.filter(jobs::share.eq(share)).load(c)?,
        };
        let ids: Vec<JobId> = found.iter().map(|job| job.id).collect();
        diesel::delete(jobs::table.filter(jobs::id.among(&ids)))
            .filter(jobs::failed_at.is_not_null())
            .execute(c)?;
        Ok(found)
    })
}
