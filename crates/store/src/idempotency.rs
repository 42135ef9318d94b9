//! `Idempotency-Key`: the same key by the same person names the same post.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, PostId},
    time::Time,
};

use crate::{Conn, Result, Tx, prepared::kept, schema::idempotency_keys};

pub fn find(db: &mut Conn, account: AccountId, key: &str, since: Time) -> Result<Option<PostId>> {
    each!(db, |c| {
        Ok(idempotency_keys::table
            .find((account, key))
            .filter(idempotency_keys::created_at.gt(since))
            .select(idempotency_keys::post_id)
            .first(c)
            .optional()?)
    })
}

#[derive(Debug, Insertable)]
#[diesel(table_name = idempotency_keys)]
struct Row<'a> {
    account_id: AccountId,
    key: &'a str,
    post_id: PostId,
    created_at: Time,
}

/// Remembers a key that was not looked for; of one that is there, however old, it is an error.
pub fn insert_new(
    tx: &mut Tx<'_>,
    account_id: AccountId,
    key: &str,
    post_id: PostId,
    created_at: Time,
) -> Result<()> {
    let row = Row {
        account_id,
        key,
        post_id,
        created_at,
    };
    each!(tx, |c| diesel::insert_into(idempotency_keys::table)
        .values(&row)
        .execute(c))?;
    Ok(())
}

/// Remembers a key; one that is out of date is taken over.
pub fn insert(
    tx: &mut Tx<'_>,
    account: AccountId,
    key: &str,
    post: PostId,
    now: Time,
) -> Result<()> {
    let row = Row {
        account_id: account,
        key,
        post_id: post,
        created_at: now,
    };
    each!(tx, |c| {
        kept(
            diesel::insert_into(idempotency_keys::table)
                .values(&row)
                .on_conflict((idempotency_keys::account_id, idempotency_keys::key))
                .do_update()
                .set((
                    idempotency_keys::post_id.eq(post),
                    idempotency_keys::created_at.eq(now),
                )),
        )
        .execute(c)
    })?;
    Ok(())
}
