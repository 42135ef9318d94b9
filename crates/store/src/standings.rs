//! What somebody did with the posts of a page: four tables in one statement.

use diesel::prelude::*;
use kontor_domain::ids::{AccountId, PostId};

use crate::{
    Conn, Result,
    prepared::{Bind, Prepared},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    Favourite,
    Boost,
    Bookmark,
    /// By its author, who alone can.
    Pin,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    deed: i32,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    post_id: PostId,
}

macro_rules! text {
    ($among:literal) => {
        concat!(
            "SELECT 0 AS deed, post_id FROM favourites WHERE account_id = ? AND post_id ",
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
    let rows: Vec<Row> = each!(
        db,
        sqlite | c | Prepared::new(text!("IN (SELECT value FROM json_each(?))"), binds).load(c),
        postgres | c | Prepared::new(text!("= ANY(?)"), binds).load(c),
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let deed = match row.deed {
                0 => Deed::Favourite,
                1 => Deed::Boost,
                2 => Deed::Bookmark,
                3 => Deed::Pin,
                _ => return None,
            };
            Some((deed, row.post_id))
        })
        .collect())
}
