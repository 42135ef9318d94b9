//! Threads that people do not want to be told of any more.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, PostId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{muted_threads, posts},
};

/// Muting one again changes nothing.
pub fn insert(tx: &mut Tx<'_>, account: AccountId, thread: i64, now: Time) -> Result<()> {
    each!(tx, |c| diesel::insert_into(muted_threads::table)
        .values((
            muted_threads::account_id.eq(account),
            muted_threads::thread_id.eq(thread),
            muted_threads::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

pub fn delete(tx: &mut Tx<'_>, account: AccountId, thread: i64) -> Result<()> {
    each!(tx, |c| diesel::delete(
        muted_threads::table.find((account, thread))
    )
    .execute(c))?;
    Ok(())
}

/// Of these posts, those whose threads the account has muted. Says nothing of what is in them.
pub fn among(db: &mut Conn, account: AccountId, ids: &[PostId]) -> Result<Vec<PostId>> {
    each!(db, |c| {
        let begun = diesel::dsl::exists(
            muted_threads::table
                .filter(muted_threads::account_id.eq(account))
                .filter(
                    muted_threads::thread_id
                        .nullable()
                        .eq(posts::thread_id)
                        .assume_not_null(),
                ),
        );
        let begins = diesel::dsl::exists(
            muted_threads::table
                .filter(muted_threads::account_id.eq(account))
                .filter(muted_threads::thread_id.eq(posts::id)),
        );
        Ok(posts::table
            .filter(posts::id.among(ids))
            .filter(begun.or(posts::thread_id.is_null().and(begins)))
            .select(posts::id)
            .load(c)?)
    })
}

/// Of `people`, those who have muted the thread of a post.
pub fn by_people(db: &mut Conn, people: &[AccountId], post: PostId) -> Result<Vec<AccountId>> {
    each!(db, |c| {
        let it = || posts::table.filter(posts::id.eq(post));
        let begun = diesel::dsl::exists(
            it().filter(
                muted_threads::thread_id
                    .nullable()
                    .eq(posts::thread_id)
                    .assume_not_null(),
            ),
        );
        let begins = diesel::dsl::exists(
            it().filter(posts::thread_id.is_null())
                .filter(muted_threads::thread_id.eq(posts::id)),
        );
        Ok(muted_threads::table
            .filter(muted_threads::account_id.among(people))
            .filter(begun.or(begins))
            .select(muted_threads::account_id)
            .load(c)?)
    })
}
