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

/// Remembers a key; one that is out of date is taken over.
pub fn insert(
    tx: &mut Tx<'_>,
    account: AccountId,
    key: &str,
    post: PostId,
    now: Time,
) -> Result<()> {
    each!(tx, |c| {
        kept(
            diesel::insert_into(idempotency_keys::table)
                .values((
                    idempotency_keys::account_id.eq(account),
                    idempotency_keys::key.eq(key),
                    idempotency_keys::post_id.eq(post),
                    idempotency_keys::created_at.eq(now),
                ))
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
