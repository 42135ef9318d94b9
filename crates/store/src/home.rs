//! Home timelines, filled on write for those who read them.

use diesel::{prelude::*, sql_query, sql_types};
use kontor_domain::{
    follow::FollowState,
    ids::{AccountId, PostId},
};

use crate::{
    Conn, Result, Tx,
    schema::{follows, home_entries, posts},
};

/// How many entries a home timeline keeps.
pub const KEPT: i64 = 800;

pub fn add(tx: &mut Tx<'_>, owners: &[AccountId], post: PostId) -> Result<()> {
    each!(tx, |c| {
        for owners in owners.chunks(1000) {
            let rows: Vec<_> = owners
                .iter()
                .map(|owner| (home_entries::owner_id.eq(*owner), home_entries::post_id.eq(post)))
                .collect();
            diesel::insert_into(home_entries::table).values(rows).on_conflict_do_nothing().execute(c)?;
        }
        Ok(())
    })
}

/// Takes an author's posts out of a home timeline: the follow has ended.
pub fn forget(tx: &mut Tx<'_>, owner: AccountId, author: AccountId) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            home_entries::table
                .filter(home_entries::owner_id.eq(owner))
                .filter(home_entries::post_id.eq_any(
                    posts::table.filter(posts::account_id.eq(author)).select(posts::id),
                )),
        )
        .execute(c)
    })?;
    Ok(())
}

/// Puts an author's latest posts into a home timeline: the follow has begun. Answers to others stay out, as in [`wants`].
pub fn remember(tx: &mut Tx<'_>, owner: AccountId, author: AccountId, most: i64) -> Result<()> {
    each!(tx, |c| {
        let ids: Vec<PostId> = posts::table
            .filter(posts::account_id.eq(author))
            .filter(visible_to!(owner))
            .filter(posts::in_reply_to_id.is_null().and(posts::in_reply_to_uri.is_null()))
            .order(posts::id.desc())
            .limit(most)
            .select(posts::id)
            .load(c)?;
        let rows: Vec<_> =
            ids.iter().map(|id| (home_entries::owner_id.eq(owner), home_entries::post_id.eq(*id))).collect();
        diesel::insert_into(home_entries::table).values(rows).on_conflict_do_nothing().execute(c)
    })?;
    Ok(())
}

/// Of `owners`, those who want to see an answer to `parent_author` at home: who follows that author as well, or is that author.
pub fn wanting_reply(db: &mut Conn, owners: &[AccountId], parent_author: AccountId) -> Result<Vec<AccountId>> {
    let mut wanting: Vec<AccountId> = each!(db, |c| {
        follows::table
            .filter(follows::follower_id.eq_any(owners))
            .filter(follows::target_id.eq(parent_author))
            .filter(follows::state.eq(FollowState::Accepted))
            .select(follows::follower_id)
            .load(c)
    })?;
    if owners.contains(&parent_author) {
        wanting.push(parent_author);
    }
    Ok(wanting)
}

/// Makes the home timeline of one who was away for long anew: own posts and those of everyone followed.
pub fn rebuild(tx: &mut Tx<'_>, owner: AccountId) -> Result<()> {
    each!(tx, |c| {
        sql_query(
            "INSERT INTO home_entries (owner_id, post_id) \
             SELECT $1, posts.id FROM posts \
             WHERE (posts.account_id = $1 OR EXISTS ( \
                 SELECT 1 FROM follows WHERE follows.follower_id = $1 AND follows.target_id = posts.account_id \
                   AND follows.state = 'accepted')) \
               AND (posts.in_reply_to_id IS NULL AND posts.in_reply_to_uri IS NULL \
                 OR posts.account_id = $1 OR posts.in_reply_to_account_id = posts.account_id OR EXISTS ( \
                   SELECT 1 FROM follows WHERE follows.follower_id = $1 \
                     AND follows.target_id = posts.in_reply_to_account_id AND follows.state = 'accepted')) \
             ORDER BY posts.id DESC LIMIT $2 \
             ON CONFLICT DO NOTHING",
        )
        .bind::<sql_types::BigInt, _>(owner.0)
        .bind::<sql_types::BigInt, _>(KEPT)
        .execute(c)
    })?;
    Ok(())
}

/// Cuts every home timeline to its newest entries. Returns how many went.
pub fn trim(tx: &mut Tx<'_>) -> Result<usize> {
    each!(tx, |c| {
        Ok(sql_query(
            "DELETE FROM home_entries WHERE (owner_id, post_id) IN ( \
               SELECT owner_id, post_id FROM ( \
                 SELECT owner_id, post_id, ROW_NUMBER() OVER (PARTITION BY owner_id ORDER BY post_id DESC) AS place \
                   FROM home_entries) AS ranked \
                WHERE place > $1)",
        )
        .bind::<sql_types::BigInt, _>(KEPT)
        .execute(c)?)
    })
}
