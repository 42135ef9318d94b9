//! What somebody did with the posts of a page: four tables in one statement.

use kontor_domain::ids::{AccountId, PostId};

use crate::{Conn, Result, marks, prepared::Bind};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    Favourite,
    Boost,
    Bookmark,
    /// By its author, who alone can.
    Pin,
}

/// As they are numbered in the statement.
const ALL: [Deed; 4] = [Deed::Favourite, Deed::Boost, Deed::Bookmark, Deed::Pin];

macro_rules! text {
    ($among:literal) => {
        concat!(
            "SELECT 0 AS mark, post_id FROM favourites WHERE account_id = ? AND post_id ",
            $among,
            " UNION ALL SELECT 1, reblog_of_id FROM posts WHERE account_id = ? AND reblog_of_id ",
            $among,
            " UNION ALL SELECT 2, post_id FROM bookmarks WHERE account_id = ? AND post_id ",
            $among,
            " UNION ALL SELECT 3, post_id FROM pins WHERE post_id ",
            $among,
        )
    };
}

/// What the account did with which of these posts, and which of them are pinned.
pub fn of(db: &mut Conn, account: AccountId, posts: &[PostId]) -> Result<Vec<(Deed, PostId)>> {
    let posts = Bind::numbers(posts.iter().map(|id| id.0));
    let by = Bind::Big(account.0);
    let binds = vec![
        by.clone(),
        posts.clone(),
        by.clone(),
        posts.clone(),
        by,
        posts.clone(),
        posts,
    ];
    marks::of(db, &among_posts!(text), binds, &ALL)
}
