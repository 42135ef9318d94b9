//! What somebody did with the posts of a page, and whether they need a closer look: six tables in one statement.

use kontor_domain::ids::{AccountId, PostId};

use crate::{
    Conn, Result,
    marks::{self, Slot},
    prepared::Bind,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    Favourite,
    Boost,
    Bookmark,
    /// By its author, who alone can.
    Pin,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standings {
    pub done: Vec<(Deed, PostId)>,
    /// The account has muted threads.
    pub mutes: bool,
    /// The account has filters.
    pub filters: bool,
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    Done(Deed),
    Mutes,
    Filters,
}

/// As they are numbered in the statement.
const ALL: [Mark; 6] = [
    Mark::Done(Deed::Favourite),
    Mark::Done(Deed::Boost),
    Mark::Done(Deed::Bookmark),
    Mark::Done(Deed::Pin),
    Mark::Mutes,
    Mark::Filters,
];

macro_rules! text {
    ($with:literal, $from:literal, $is_wanted:literal) => {
        concat!(
            $with,
            "SELECT 0 AS mark, post_id AS id FROM ",
            $from,
            "favourites WHERE account_id = ? AND post_id ",
            $is_wanted,
            " UNION ALL SELECT 1, reblog_of_id FROM ",
            $from,
            "posts WHERE account_id = ? AND reblog_of_id ",
            $is_wanted,
            " UNION ALL SELECT 2, post_id FROM ",
            $from,
            "bookmarks WHERE account_id = ? AND post_id ",
            $is_wanted,
            " UNION ALL SELECT 3, post_id FROM ",
            $from,
            "pins WHERE post_id ",
            $is_wanted,
            " UNION ALL SELECT 4, one.thread_id FROM (SELECT thread_id FROM muted_threads WHERE account_id = ? LIMIT 1) AS one",
            " UNION ALL SELECT 5, one.id FROM (SELECT id FROM filters WHERE account_id = ? LIMIT 1) AS one",
        )
    };
}

/// What the account did with which of these posts, and which of them are pinned.
pub fn of(db: &mut Conn, account: AccountId, posts: &[PostId]) -> Result<Standings> {
    let posts = Bind::numbers(posts.iter().map(|id| id.0));
    let by = || Slot::Other(Bind::Big(account.0));
    let slots = [
        by(),
        Slot::Wanted,
        by(),
        Slot::Wanted,
        by(),
        Slot::Wanted,
        Slot::Wanted,
        by(),
        by(),
    ];
    let mut standings = Standings::default();
    for (mark, post) in marks::of(db, &among_ids!(text), (posts, &slots), &ALL, PostId)? {
        match mark {
            Mark::Done(deed) => standings.done.push((deed, post)),
            Mark::Mutes => standings.mutes = true,
            Mark::Filters => standings.filters = true,
        }
    }
    Ok(standings)
}
