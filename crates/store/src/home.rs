//! Home timelines, filled on write for those who read them.

use diesel::{
    dsl::{exists, max},
    prelude::*,
};
use kontor_domain::{
    follow::FollowState,
    ids::{AccountId, PostId, TIME_SHIFT},
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    pairs,
    schema::{follows, home_entries, posts, users},
};

/// How many entries a home timeline keeps.
pub const KEPT: i64 = 800;

/// A post is not shown again by a boost while one of its showings is among so many newest entries.
pub const APART: usize = 40;

/// A day, as ids count it.
pub(crate) const DAY: i64 = (24 * 60 * 60 * 1000) << TIME_SHIFT;

/// How many days a rebuilt timeline looks back, one after another; the last is for ever.
pub(crate) const REACH: [i64; 5] = [7, 30, 120, 480, 100_000];

pub fn add(tx: &mut Tx<'_>, owners: &[AccountId], post: PostId) -> Result<()> {
    let owners = owners.iter().map(|owner| owner.0);
    pairs::add(tx, "home_entries (post_id, owner_id)", post.0, owners)
}

/// Takes an author's posts out of a home timeline: the follow has ended.
pub fn forget(tx: &mut Tx<'_>, owner: AccountId, author: AccountId) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            home_entries::table
                .filter(home_entries::owner_id.eq(owner))
                .filter(
                    home_entries::post_id.eq_any(
                        posts::table
                            .filter(posts::account_id.eq(author))
                            .select(posts::id),
                    ),
                ),
        )
        .execute(c)
    })?;
    Ok(())
}

/// Puts an author's latest posts into a home timeline: the follow has begun. Answers to others stay out.
pub fn remember(tx: &mut Tx<'_>, owner: AccountId, author: AccountId, most: i64) -> Result<()> {
    each!(tx, |c| {
        let boosts_too = exists(
            follows::table
                .filter(follows::follower_id.eq(owner))
                .filter(follows::target_id.eq(author))
                .filter(follows::show_reblogs.eq(true)),
        );
        let found: Vec<(PostId, Option<PostId>)> = posts::table
            .filter(posts::account_id.eq(author))
            .filter(visible_to!(owner))
            .filter(no_reply_to_another!())
            .filter(in_wanted_language!(owner))
            .filter(posts::reblog_of_id.is_null().or(boosts_too))
            .order(posts::id.desc())
            .limit(most)
            .select((posts::id, posts::reblog_of_id))
            .load(c)?;
        let boosted: Vec<PostId> = found.iter().filter_map(|(_, boosted)| *boosted).collect();
        let shown: Vec<(PostId, Option<PostId>)> = home_entries::table
            .inner_join(posts::table)
            .filter(home_entries::owner_id.eq(owner))
            .filter(
                posts::id
                    .eq_any(&boosted)
                    .or(posts::reblog_of_id.eq_any(&boosted).assume_not_null()),
            )
            .select((posts::id, posts::reblog_of_id))
            .load(c)?;
        let ids: Vec<PostId> = apart(found)
            .into_iter()
            .filter(|(_, boosted)| {
                boosted.is_none_or(|boosted| {
                    !shown
                        .iter()
                        .any(|(post, of)| *post == boosted || *of == Some(boosted))
                })
            })
            .map(|(id, _)| id)
            .collect();
        let rows: Vec<_> = ids
            .iter()
            .map(|id| {
                (
                    home_entries::owner_id.eq(owner),
                    home_entries::post_id.eq(*id),
                )
            })
            .collect();
        diesel::insert_into(home_entries::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(())
}

/// Of `owners`, those who want to see an answer to `parent_author` at home: who follows that author as well, or is that author.
pub fn wanting_reply(
    db: &mut Conn,
    owners: &[AccountId],
    parent_author: AccountId,
) -> Result<Vec<AccountId>> {
    let mut wanting: Vec<AccountId> = each!(db, |c| {
        follows::table
            .filter(follows::follower_id.among(owners))
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

/// Posts, newest first, and what each of them boosts: without the boosts that would show a post again too soon.
fn apart(newest_first: Vec<(PostId, Option<PostId>)>) -> Vec<(PostId, Option<PostId>)> {
    let mut kept: Vec<(PostId, Option<PostId>)> = Vec::with_capacity(newest_first.len());
    for (id, boosted) in newest_first.into_iter().rev() {
        let again = boosted.is_some_and(|boosted| {
            kept.iter()
                .rev()
                .take(APART)
                .any(|(post, of)| *post == boosted || *of == Some(boosted))
        });
        if !again {
            kept.push((id, boosted));
        }
    }
    kept.reverse();
    kept
}

/// Of `owners`, those to whom a boost of `post` shows something new: neither the post nor another boost of it is among their
/// newest entries.
pub fn wanting_boost(
    db: &mut Conn,
    owners: Vec<AccountId>,
    post: PostId,
) -> Result<Vec<AccountId>> {
    let newer = diesel::alias!(home_entries as newer);
    let shown: Vec<(AccountId, Option<i64>)> = each!(db, |c| {
        home_entries::table
            .inner_join(posts::table)
            .filter(
                posts::id
                    .eq(post)
                    .or(posts::reblog_of_id.eq(post).assume_not_null()),
            )
            .select((
                home_entries::owner_id,
                newer
                    .filter(
                        newer
                            .field(home_entries::owner_id)
                            .eq(home_entries::owner_id),
                    )
                    .filter(newer.field(home_entries::post_id).gt(home_entries::post_id))
                    .select(diesel::dsl::count_star())
                    .single_value(),
            ))
            .load(c)
    })?;
    let apart = i64::try_from(APART).unwrap_or(i64::MAX);
    let has: std::collections::HashSet<AccountId> = shown
        .into_iter()
        .filter(|(_, newer)| newer.is_none_or(|newer| newer < apart))
        .map(|(owner, _)| owner)
        .collect();
    Ok(owners
        .into_iter()
        .filter(|owner| !has.contains(owner))
        .collect())
}

/// Takes what two accounts have to do with each other out of `owner`'s home timeline: posts by `other`, and boosts of them.
pub fn forget_all(tx: &mut Tx<'_>, owner: AccountId, other: AccountId) -> Result<()> {
    forget(tx, owner, other)?;
    each!(tx, |c| {
        let boosts = posts::table
            .filter(posts::reblog_of_account_id.eq(other))
            .select(posts::id);
        diesel::delete(
            home_entries::table
                .filter(home_entries::owner_id.eq(owner))
                .filter(home_entries::post_id.eq_any(boosts)),
        )
        .execute(c)
    })?;
    Ok(())
}

/// Makes the home timeline of one who was away for long anew: own posts and those of everyone followed. Looks back over a
/// growing span until the timeline is full, so that it reads hardly more than it writes.
pub fn rebuild(tx: &mut Tx<'_>, owner: AccountId) -> Result<()> {
    each!(tx, |c| {
        let Some(PostId(newest)) = posts::table.select(max(posts::id)).first(c)? else {
            return Ok(());
        };
        let mut ids: Vec<(PostId, Option<PostId>)> = Vec::new();
        for days in REACH {
            let since = PostId(newest.saturating_sub(days.saturating_mul(DAY)));
            let follows_parent = exists(
                follows::table
                    .filter(follows::follower_id.eq(owner))
                    .filter(
                        follows::target_id
                            .nullable()
                            .eq(posts::in_reply_to_account_id),
                    )
                    .filter(follows::state.eq(FollowState::Accepted)),
            );
            let authors = follows::table
                .filter(follows::follower_id.eq(owner))
                .filter(follows::state.eq(FollowState::Accepted))
                .select(follows::target_id);
            let wants_boosts = exists(
                follows::table
                    .filter(follows::follower_id.eq(owner))
                    .filter(follows::target_id.eq(posts::account_id))
                    .filter(follows::show_reblogs.eq(true)),
            );
            let to_owner = posts::in_reply_to_account_id.eq(owner).assume_not_null();
            let theirs = posts::table
                .filter(posts::account_id.eq_any(authors))
                .filter(posts::id.gt(since))
                .filter(no_reply_to_another!().or(to_owner).or(follows_parent))
                .filter(posts::reblog_of_id.is_null().or(wants_boosts))
                .filter(in_wanted_language!(owner))
                .filter(visible_to!(owner))
                .order(posts::id.desc())
                .limit(KEPT)
                .select((posts::id, posts::reblog_of_id));
            ids = theirs.load(c)?;
            let own: Vec<(PostId, Option<PostId>)> = posts::table
                .filter(posts::account_id.eq(owner))
                .filter(posts::id.gt(since))
                .order(posts::id.desc())
                .limit(KEPT)
                .select((posts::id, posts::reblog_of_id))
                .load(c)?;
            ids.extend(own);
            if ids.len() >= usize::try_from(KEPT).unwrap_or(usize::MAX) {
                break;
            }
        }
        ids.sort_unstable_by(|a, b| b.cmp(a));
        let rows: Vec<_> = apart(ids)
            .iter()
            .take(usize::try_from(KEPT).unwrap_or(usize::MAX))
            .map(|(id, _)| {
                (
                    home_entries::owner_id.eq(owner),
                    home_entries::post_id.eq(*id),
                )
            })
            .collect();
        diesel::insert_into(home_entries::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(c)?;
        Ok(())
    })
}

/// People here, a page at a time, lowest id first: those who may have a home timeline.
pub fn owners(db: &mut Conn, after: AccountId, most: i64) -> Result<Vec<AccountId>> {
    each!(db, |c| {
        Ok(users::table
            .filter(users::account_id.gt(after))
            .order(users::account_id.asc())
            .limit(most)
            .select(users::account_id)
            .load(c)?)
    })
}

/// Cuts these home timelines to their newest entries. Returns how many went.
pub fn trim(tx: &mut Tx<'_>, owners: &[AccountId]) -> Result<usize> {
    each!(tx, |c| {
        let mut gone = 0;
        for owner in owners {
            let first_to_go: Option<PostId> = home_entries::table
                .filter(home_entries::owner_id.eq(owner))
                .order(home_entries::post_id.desc())
                .offset(KEPT)
                .limit(1)
                .select(home_entries::post_id)
                .first(c)
                .optional()?;
            if let Some(post) = first_to_go {
                gone += diesel::delete(
                    home_entries::table
                        .filter(home_entries::owner_id.eq(owner))
                        .filter(home_entries::post_id.le(post)),
                )
                .execute(c)?;
            }
        }
        Ok(gone)
    })
}
