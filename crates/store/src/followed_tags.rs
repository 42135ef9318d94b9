//! Hashtags that people follow, and those that they show on their profiles.

use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use kontor_domain::{
    audience::Audience,
    follow::FollowState,
    ids::{AccountId, FeaturedTagId, FollowedTagId, PostId, TagId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{
        accounts, featured_tags, followed_tags, follows, home_entries, post_tags, posts, tags,
        users,
    },
};

/// The row of a hashtag, in lower case; made with this id if it is new.
pub fn tag(tx: &mut Tx<'_>, id: TagId, name: &str, now: Time) -> Result<TagId> {
    each!(tx, |c| {
        diesel::insert_into(tags::table)
            .values((
                tags::id.eq(id),
                tags::name.eq(name),
                tags::created_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(c)?;
        Ok(tags::table
            .filter(tags::name.eq(name))
            .select(tags::id)
            .first(c)?)
    })
}

/// Those of these names that are known here, with their ids.
pub fn ids_of(db: &mut Conn, names: &[String]) -> Result<Vec<(String, TagId)>> {
    each!(db, |c| Ok(tags::table
        .filter(tags::name.among(names))
        .select((tags::name, tags::id))
        .load(c)?))
}

/// Following again changes nothing.
pub fn follow(tx: &mut Tx<'_>, id: FollowedTagId, account: AccountId, tag: TagId) -> Result<()> {
    each!(tx, |c| diesel::insert_into(followed_tags::table)
        .values((
            followed_tags::id.eq(id),
            followed_tags::account_id.eq(account),
            followed_tags::tag_id.eq(tag),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// What came home by this hashtag alone goes with the follow. `false`: it was not followed.
pub fn unfollow(tx: &mut Tx<'_>, account: AccountId, name: &str) -> Result<bool> {
    each!(tx, |c| {
        let tag: Option<TagId> = tags::table
            .filter(tags::name.eq(name))
            .select(tags::id)
            .first(c)
            .optional()?;
        let Some(tag) = tag else { return Ok(false) };
        let rows = diesel::delete(
            followed_tags::table
                .filter(followed_tags::account_id.eq(account))
                .filter(followed_tags::tag_id.eq(tag)),
        )
        .execute(c)?;
        if rows == 0 {
            return Ok(false);
        }
        let follows_author = exists(
            follows::table
                .filter(follows::follower_id.eq(account))
                .filter(follows::target_id.eq(posts::account_id))
                .filter(follows::state.eq(FollowState::Accepted)),
        );
        let came_by_it: Vec<PostId> = home_entries::table
            .inner_join(posts::table)
            .inner_join(post_tags::table.on(post_tags::post_id.eq(home_entries::post_id)))
            .filter(home_entries::owner_id.eq(account))
            .filter(post_tags::tag_id.eq(tag))
            .filter(posts::account_id.ne(account))
            .filter(not(follows_author))
            .select(home_entries::post_id)
            .load(c)?;
        let by_another: Vec<PostId> = post_tags::table
            .inner_join(
                followed_tags::table.on(followed_tags::tag_id
                    .eq(post_tags::tag_id)
                    .and(followed_tags::account_id.eq(account))),
            )
            .filter(post_tags::post_id.among(&came_by_it))
            .select(post_tags::post_id)
            .load(c)?;
        let gone: Vec<PostId> = came_by_it
            .into_iter()
            .filter(|post| !by_another.contains(post))
            .collect();
        diesel::delete(
            home_entries::table
                .filter(home_entries::owner_id.eq(account))
                .filter(home_entries::post_id.among(&gone)),
        )
        .execute(c)?;
        Ok(true)
    })
}

/// A page of the hashtags that somebody follows, newest first, with the rows that they are paged by.
pub fn followed(db: &mut Conn, account: AccountId, page: &Page) -> Result<Vec<(i64, String)>> {
    each!(db, |c| {
        Ok(keyset!(
            followed_tags::table
                .inner_join(tags::table)
                .filter(followed_tags::account_id.eq(account))
                .select((followed_tags::id, tags::name)),
            followed_tags::id,
            page,
            c
        ))
    })
}

/// Of these hashtags, those that somebody follows.
pub fn followed_among(db: &mut Conn, account: AccountId, names: &[String]) -> Result<Vec<String>> {
    each!(db, |c| Ok(followed_tags::table
        .inner_join(tags::table)
        .filter(followed_tags::account_id.eq(account))
        .filter(tags::name.among(names))
        .select(tags::name)
        .load(c)?))
}

/// People who follow a hashtag of a post and were here since `active_since`, so many at most. Of a post that is not public, or by a limited
/// account, nobody: those who may come upon it follow its author.
pub fn followers_of(
    db: &mut Conn,
    post: PostId,
    active_since: Time,
    most: i64,
) -> Result<Vec<AccountId>> {
    each!(db, |c| Ok(post_tags::table
        .inner_join(posts::table.inner_join(accounts::table.on(accounts::id.eq(posts::account_id))))
        .inner_join(followed_tags::table.on(followed_tags::tag_id.eq(post_tags::tag_id)))
        .inner_join(users::table.on(users::account_id.eq(followed_tags::account_id)))
        .filter(post_tags::post_id.eq(post))
        .filter(posts::audience.eq(Audience::Public))
        .filter(accounts::limited.eq(false))
        .filter(accounts::suspended_at.is_null())
        .filter(users::last_active_at.ge(active_since))
        .select(followed_tags::account_id)
        .distinct()
        .limit(most)
        .load(c)?))
}

/// A hashtag on somebody's profile.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Featured {
    pub id: FeaturedTagId,
    pub tag_id: TagId,
    pub name: String,
}

/// `false`: it was there before.
pub fn feature(tx: &mut Tx<'_>, id: FeaturedTagId, account: AccountId, tag: TagId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::insert_into(featured_tags::table)
        .values((
            featured_tags::id.eq(id),
            featured_tags::account_id.eq(account),
            featured_tags::tag_id.eq(tag),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// `false`: it was not there.
pub fn unfeature(tx: &mut Tx<'_>, account: AccountId, id: FeaturedTagId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        featured_tags::table
            .find(id)
            .filter(featured_tags::account_id.eq(account))
    )
    .execute(c))?;
    Ok(rows == 1)
}

/// In the order in which they were put there.
pub fn featured(db: &mut Conn, account: AccountId) -> Result<Vec<Featured>> {
    each!(db, |c| Ok(featured_tags::table
        .inner_join(tags::table)
        .filter(featured_tags::account_id.eq(account))
        .order(featured_tags::id.asc())
        .select((featured_tags::id, featured_tags::tag_id, tags::name))
        .load(c)?))
}

/// How many of an account's public and unlisted posts have each of these hashtags, and which of them is the newest.
pub fn uses_by(
    db: &mut Conn,
    account: AccountId,
    tags: &[TagId],
) -> Result<Vec<(TagId, i64, Option<PostId>)>> {
    each!(db, |c| Ok(post_tags::table
        .inner_join(posts::table)
        .filter(post_tags::tag_id.among(tags))
        .filter(posts::account_id.eq(account))
        .filter(
            posts::audience
                .eq(Audience::Public)
                .or(posts::audience.eq(Audience::Unlisted))
        )
        .group_by(post_tags::tag_id)
        .select((
            post_tags::tag_id,
            diesel::dsl::count_star(),
            diesel::dsl::max(post_tags::post_id),
        ))
        .load(c)?))
}

/// The hashtags of an account's newest public posts, one for each use.
pub fn recent_uses(db: &mut Conn, account: AccountId, most: i64) -> Result<Vec<String>> {
    each!(db, |c| Ok(posts::table
        .inner_join(post_tags::table)
        .inner_join(tags::table.on(tags::id.eq(post_tags::tag_id)))
        .filter(posts::account_id.eq(account))
        .filter(posts::audience.eq(Audience::Public))
        .order(posts::id.desc())
        .limit(most)
        .select(tags::name)
        .load(c)?))
}
