//! Whom the servers of posts let do something with them, where that is not everyone. What it means is not known here.

use diesel::prelude::*;
use kontor_domain::ids::PostId;

use crate::{Conn, Result, Tx, schema::interaction_limits};

/// In place of what was said before; `None`: nothing is.
pub fn set(tx: &mut Tx<'_>, post: PostId, limits: Option<&str>) -> Result<()> {
    match limits {
        Some(limits) => each!(tx, |c| diesel::insert_into(interaction_limits::table)
            .values((
                interaction_limits::post_id.eq(post),
                interaction_limits::limits.eq(limits),
            ))
            .on_conflict(interaction_limits::post_id)
            .do_update()
            .set(interaction_limits::limits.eq(limits))
            .execute(c))?,
        None => each!(tx, |c| diesel::delete(interaction_limits::table.find(post))
            .execute(c))?,
    };
    Ok(())
}

pub fn of_post(db: &mut Conn, post: PostId) -> Result<Option<String>> {
    each!(db, |c| Ok(interaction_limits::table
        .find(post)
        .select(interaction_limits::limits)
        .first(c)
        .optional()?))
}
