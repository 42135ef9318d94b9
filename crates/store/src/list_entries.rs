//! The timelines of lists, filled on write as home timelines are. Which of the answers in them are shown is asked when they are read.

use diesel::{dsl::exists, prelude::*};
use kontor_domain::{
    follow::FollowState,
    ids::{AccountId, ListId, PostId},
    list::RepliesPolicy,
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    home::{DAY, KEPT, REACH},
    lists::List,
    pairs,
    schema::{follows, list_entries, list_members, lists, posts},
};

pub fn add(tx: &mut Tx<'_>, lists: &[ListId], post: PostId) -> Result<()> {
    let lists = lists.iter().map(|list| list.0);
    pairs::add(tx, "list_entries (post_id, list_id)", post.0, lists)
}

/// Posts enter one list.
macro_rules! put {
    ($c:expr, $list:expr, $posts:expr) => {{
        let rows: Vec<_> = $posts
            .iter()
            .map(|post| {
                (
                    list_entries::list_id.eq($list),
                    list_entries::post_id.eq(*post),
                )
            })
            .collect();
        diesel::insert_into(list_entries::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute($c)?;
        Ok(())
    }};
}

/// Puts the latest posts of a member into a list of `owner`'s.
pub fn remember(
    tx: &mut Tx<'_>,
    owner: AccountId,
    list: ListId,
    member: AccountId,
    most: i64,
) -> Result<()> {
    each!(tx, |c| {
        let hides_boosts = exists(
            follows::table
                .filter(follows::follower_id.eq(owner))
                .filter(follows::target_id.eq(member))
                .filter(follows::show_reblogs.eq(false)),
        );
        let found: Vec<PostId> = posts::table
            .filter(posts::account_id.eq(member))
            .filter(visible_to!(owner))
            .filter(in_wanted_language!(owner))
            .filter(
                posts::reblog_of_id
                    .is_null()
                    .or(diesel::dsl::not(hides_boosts)),
            )
            .order(posts::id.desc())
            .limit(most)
            .select(posts::id)
            .load(c)?;
        put!(c, list, found)
    })
}

/// Makes the timeline of a list anew, for an owner who was away for long. Looks back over a growing span, as home does.
pub fn rebuild(tx: &mut Tx<'_>, list: &List) -> Result<()> {
    let (owner, id) = (list.account_id, list.id);
    each!(tx, |c| {
        let Some(PostId(newest)) = posts::table.select(diesel::dsl::max(posts::id)).first(c)?
        else {
            return Ok(());
        };
        let mut found: Vec<PostId> = Vec::new();
        for days in REACH {
            let since = PostId(newest.saturating_sub(days.saturating_mul(DAY)));
            let members = list_members::table
                .filter(list_members::list_id.eq(id))
                .select(list_members::account_id);
            let hides_boosts = exists(
                follows::table
                    .filter(follows::follower_id.eq(owner))
                    .filter(follows::target_id.eq(posts::account_id))
                    .filter(follows::show_reblogs.eq(false)),
            );
            found = posts::table
                .filter(posts::account_id.eq_any(members))
                .filter(posts::id.gt(since))
                .filter(
                    posts::reblog_of_id
                        .is_null()
                        .or(diesel::dsl::not(hides_boosts)),
                )
                .filter(visible_to!(owner))
                .filter(in_wanted_language!(owner))
                .order(posts::id.desc())
                .limit(KEPT)
                .select(posts::id)
                .load(c)?;
            if found.len() >= usize::try_from(KEPT).unwrap_or(usize::MAX) {
                break;
            }
        }
        put!(c, id, found)
    })
}

/// Takes the posts of these authors out of a list.
pub fn forget(tx: &mut Tx<'_>, list: ListId, authors: &[AccountId]) -> Result<()> {
    each!(tx, |c| diesel::delete(
        list_entries::table
            .filter(list_entries::list_id.eq(list))
            .filter(
                list_entries::post_id.eq_any(
                    posts::table
                        .filter(posts::account_id.among(authors))
                        .select(posts::id)
                )
            )
    )
    .execute(c))?;
    Ok(())
}

/// A page of what stands in a list and its owner may read and wants to, newest first.
pub fn page(db: &mut Conn, list: &List, now: Time, page: &Page) -> Result<Vec<PostId>> {
    let (owner, id) = (list.account_id, list.id);
    let ids: Vec<i64> = each!(db, |c| {
        let all = list_entries::table
            .inner_join(posts::table)
            .filter(list_entries::list_id.eq(id))
            .filter(visible_to!(owner))
            .filter(wanted_by!(owner, now))
            .filter(mentions_no_muted!(owner, now))
            .select(list_entries::post_id);
        let to_owner = posts::in_reply_to_account_id.eq(owner).assume_not_null();
        match list.replies_policy {
            RepliesPolicy::None => {
                keyset!(
                    all.filter(no_reply_to_another!()),
                    list_entries::post_id,
                    page,
                    c
                )
            }
            RepliesPolicy::List => {
                let to_member = exists(
                    list_members::table
                        .filter(list_members::list_id.eq(id))
                        .filter(
                            list_members::account_id
                                .nullable()
                                .eq(posts::in_reply_to_account_id)
                                .assume_not_null(),
                        ),
                );
                keyset!(
                    all.filter(no_reply_to_another!().or(to_owner).or(to_member)),
                    list_entries::post_id,
                    page,
                    c
                )
            }
            RepliesPolicy::Followed => {
                let to_followed = exists(
                    follows::table
                        .filter(follows::follower_id.eq(owner))
                        .filter(follows::state.eq(FollowState::Accepted))
                        .filter(
                            follows::target_id
                                .nullable()
                                .eq(posts::in_reply_to_account_id)
                                .assume_not_null(),
                        ),
                );
                keyset!(
                    all.filter(no_reply_to_another!().or(to_owner).or(to_followed)),
                    list_entries::post_id,
                    page,
                    c
                )
            }
        }
    });
    Ok(ids.into_iter().map(PostId).collect())
}

/// Lists, a page at a time, lowest id first.
pub fn lists_after(db: &mut Conn, after: ListId, most: i64) -> Result<Vec<ListId>> {
    each!(db, |c| Ok(lists::table
        .filter(lists::id.gt(after))
        .order(lists::id.asc())
        .limit(most)
        .select(lists::id)
        .load(c)?))
}

/// Cuts the timelines of these lists to their newest entries. Returns how many went.
pub fn trim(tx: &mut Tx<'_>, lists: &[ListId]) -> Result<usize> {
    each!(tx, |c| {
        let mut gone = 0;
        for list in lists {
            let first_to_go: Option<PostId> = list_entries::table
                .filter(list_entries::list_id.eq(list))
                .order(list_entries::post_id.desc())
                .offset(KEPT)
                .limit(1)
                .select(list_entries::post_id)
                .first(c)
                .optional()?;
            if let Some(post) = first_to_go {
                gone += diesel::delete(
                    list_entries::table
                        .filter(list_entries::list_id.eq(list))
                        .filter(list_entries::post_id.le(post)),
                )
                .execute(c)?;
            }
        }
        Ok(gone)
    })
}
