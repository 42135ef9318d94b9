//! Of which version posts and accounts are: what was loaded of one earlier is what is shown with it now, if that is the same. The database
//! raises versions by itself (migration `0030_versions`).

use diesel::prelude::*;
use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
};

use crate::{
    Conn, Result,
    accounts::Account,
    among::IsAmong,
    audience::viewer_id,
    marks::{self, Slot},
    posts::Post,
    prepared::{Bind, steady},
    schema::{accounts, posts},
};

/// Of those of these posts that the viewer may look at.
pub fn of_posts(db: &mut Conn, viewer: Viewer, ids: &[PostId]) -> Result<Vec<(PostId, i64)>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| Ok(steady(
        posts::table
            .filter(posts::id.among(ids))
            .filter(looked_at_by!(viewer))
            .select((posts::id, posts::version)),
    )
    .load(c)?))
}

/// The same with all that the row says. What hangs on a post has to be read after it: it is then of this version, or newer.
pub fn posts(db: &mut Conn, viewer: Viewer, ids: &[PostId]) -> Result<Vec<(Post, i64)>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| Ok(steady(
        posts::table
            .filter(posts::id.among(ids))
            .filter(looked_at_by!(viewer))
            .select((Post::as_select(), posts::version)),
    )
    .load(c)?))
}

pub fn of_accounts(db: &mut Conn, ids: &[AccountId]) -> Result<Vec<(AccountId, i64)>> {
    each!(db, |c| Ok(steady(
        accounts::table
            .filter(accounts::id.among(ids))
            .select((accounts::id, accounts::version)),
    )
    .load(c)?))
}

pub fn accounts(db: &mut Conn, ids: &[AccountId]) -> Result<Vec<(Account, i64)>> {
    each!(db, |c| Ok(steady(
        accounts::table
            .filter(accounts::id.among(ids))
            .select((Account::as_select(), accounts::version)),
    )
    .load(c)?))
}

/// What only some posts have, and is looked up for those alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Has {
    Poll,
    Card,
    Reactions,
    /// Somebody quotes it.
    Quotes,
    Mentions,
    Tags,
    Attachments,
    /// It quotes something.
    Quote,
    /// It says who may quote it.
    Policy,
}

/// As they are numbered in the statement.
const ALL: [Has; 9] = [
    Has::Poll,
    Has::Card,
    Has::Reactions,
    Has::Quotes,
    Has::Mentions,
    Has::Tags,
    Has::Attachments,
    Has::Quote,
    Has::Policy,
];

macro_rules! text {
    ($with:literal, $from:literal, $is_wanted:literal) => {
        concat!(
            $with,
            "SELECT 0 AS mark, id FROM ",
            $from,
            "polls WHERE id ",
            $is_wanted,
            " UNION ALL SELECT 1, post_id FROM ",
            $from,
            "post_cards WHERE post_id ",
            $is_wanted,
            " UNION ALL SELECT DISTINCT 2, post_id FROM ",
            $from,
            "reactions WHERE post_id ",
            $is_wanted,
            " UNION ALL SELECT DISTINCT 3, quoted_id FROM ",
            $from,
            "quotes WHERE quoted_id ",
            $is_wanted,
            " UNION ALL SELECT DISTINCT 4, post_id FROM ",
            $from,
            "mentions WHERE post_id ",
            $is_wanted,
            " UNION ALL SELECT DISTINCT 5, post_id FROM ",
            $from,
            "post_tags WHERE post_id ",
            $is_wanted,
            " UNION ALL SELECT DISTINCT 6, post_id FROM ",
            $from,
            "attachments WHERE post_id ",
            $is_wanted,
            " UNION ALL SELECT 7, post_id FROM ",
            $from,
            "quotes WHERE post_id ",
            $is_wanted,
            " UNION ALL SELECT 8, post_id FROM ",
            $from,
            "quote_policies WHERE post_id ",
            $is_wanted,
        )
    };
}

/// Which of these posts have what. Part of their version.
pub fn have(db: &mut Conn, posts: &[PostId]) -> Result<Vec<(Has, PostId)>> {
    let posts = Bind::numbers(posts.iter().map(|id| id.0));
    let slots = vec![Slot::Wanted; ALL.len()];
    marks::of(db, &among_ids!(text), (posts, &slots), &ALL, PostId)
}
