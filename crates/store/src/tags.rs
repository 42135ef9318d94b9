//! Hashtags, in lower case.

use diesel::prelude::*;

use crate::{
    Conn, Result,
    patterns::{ESCAPE, starting_with},
    schema::tags,
};

/// Those that start with `prefix`, which is folded already.
pub fn search(db: &mut Conn, prefix: &str, limit: i64, offset: i64) -> Result<Vec<String>> {
    each!(db, |c| {
        Ok(tags::table
            .filter(tags::name.like(starting_with(prefix)).escape(ESCAPE))
            .order(tags::name.asc())
            .limit(limit)
            .offset(offset)
            .select(tags::name)
            .load(c)?)
    })
}
