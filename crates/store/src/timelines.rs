//! Pages of posts. Each answers ids that the viewer may read, newest first.

use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PostId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result,
    audience::viewer_id,
    schema::{home_entries, list_members, lists, post_tags, posts, tags},
};

/// Which part of the public timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Everywhere,
    Local,
    Remote,
}

fn posts_of(ids: Vec<i64>) -> Vec<PostId> {
    ids.into_iter().map(PostId).collect()
}

pub fn home(db: &mut Conn, owner: AccountId, now: Time, page: &Page) -> Result<Vec<PostId>> {
    each!(db, |c| {
        let elsewhere = exists(
            lists::table
                .inner_join(list_members::table)
                .filter(lists::account_id.eq(owner))
                .filter(lists::exclusive)
                .filter(list_members::account_id.eq(posts::account_id)),
        );
        Ok(posts_of(keyset!(
            home_entries::table
                .inner_join(posts::table)
                .filter(home_entries::owner_id.eq(owner))
                .filter(visible_to!(owner))
                .filter(wanted_by!(owner, now))
                .filter(mentions_no_muted!(owner, now))
                .filter(posts::account_id.eq(owner).or(not(elsewhere)))
                .select(home_entries::post_id),
            home_entries::post_id,
            page,
            c
        )))
    })
}

pub fn public(
    db: &mut Conn,
    viewer: Viewer,
    origin: Origin,
    now: Time,
    page: &Page,
) -> Result<Vec<PostId>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        let listed = posts::table
            .filter(posts::listed.eq(true))
            .filter(visible_to!(viewer))
            .filter(come_upon!(viewer))
            .filter(wanted_by!(viewer, now))
            .select(posts::id);
        Ok(posts_of(match origin {
            Origin::Everywhere => keyset!(listed, posts::id, page, c),
            Origin::Local => keyset!(listed.filter(posts::local.eq(true)), posts::id, page, c),
            Origin::Remote => keyset!(listed.filter(posts::local.eq(false)), posts::id, page, c),
        }))
    })
}

/// Public posts with a hashtag, in lower case.
pub fn tagged(
    db: &mut Conn,
    viewer: Viewer,
    tag: &str,
    now: Time,
    page: &Page,
) -> Result<Vec<PostId>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        Ok(posts_of(keyset!(
            post_tags::table
                .inner_join(tags::table)
                .inner_join(posts::table)
                .filter(tags::name.eq(tag))
                .filter(posts::audience.eq(Audience::Public))
                .filter(visible_to!(viewer))
                .filter(come_upon!(viewer))
                .filter(wanted_by!(viewer, now))
                .select(post_tags::post_id),
            post_tags::post_id,
            page,
            c
        )))
    })
}

/// Which of an account's posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    All,
    /// No answers, but for those to oneself.
    WithoutReplies,
    WithoutBoosts,
    /// Neither answers to others nor boosts.
    Own,
    /// Public and unlisted alone, whoever looks: what an outbox and a feed hold.
    Open,
}

pub fn by_account(
    db: &mut Conn,
    viewer: Viewer,
    account: AccountId,
    selection: Selection,
    page: &Page,
) -> Result<Vec<PostId>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        let own = posts::table
            .filter(posts::account_id.eq(account))
            .filter(visible_to!(viewer))
            .select(posts::id);
        Ok(posts_of(match selection {
            Selection::All => keyset!(own, posts::id, page, c),
            Selection::WithoutReplies => {
                keyset!(own.filter(no_reply_to_another!()), posts::id, page, c)
            }
            Selection::WithoutBoosts => {
                keyset!(
                    own.filter(posts::reblog_of_id.is_null()),
                    posts::id,
                    page,
                    c
                )
            }
            Selection::Own => keyset!(
                own.filter(no_reply_to_another!())
                    .filter(posts::reblog_of_id.is_null()),
                posts::id,
                page,
                c
            ),
            Selection::Open => keyset!(
                own.filter(
                    posts::audience
                        .eq(Audience::Public)
                        .or(posts::audience.eq(Audience::Unlisted))
                ),
                posts::id,
                page,
                c
            ),
        }))
    })
}
