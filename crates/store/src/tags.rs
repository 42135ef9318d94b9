//! Hashtags, in lower case.

use diesel::{dsl::exists, prelude::*};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::TagId,
};

use crate::{
    Conn, Result,
    among::IsAmong,
    audience::viewer_id,
    patterns::{ESCAPE, starting_with},
    schema::{post_tags, posts, tags},
};

/// Those that start with `prefix`, which is folded already, and that stand in a public post which the viewer may read: a word
/// that was used among few is nobody else's to find.
pub fn search(
    db: &mut Conn,
    viewer: Viewer,
    prefix: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<String>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        Ok(tags::table
            .filter(tags::name.like(starting_with(prefix)).escape(ESCAPE))
            .filter(exists(
                post_tags::table
                    .inner_join(posts::table)
                    .filter(post_tags::tag_id.eq(tags::id))
                    .filter(posts::audience.eq(Audience::Public))
                    .filter(visible_to!(viewer)),
            ))
            .order(tags::name.asc())
            .limit(limit)
            .offset(offset)
            .select(tags::name)
            .load(c)?)
    })
}

/// How these hashtags are called.
pub fn names(db: &mut Conn, ids: &[TagId]) -> Result<Vec<(TagId, String)>> {
    each!(db, |c| Ok(tags::table
        .filter(tags::id.among(ids))
        .select((tags::id, tags::name))
        .load(c)?))
}
