//! Pages of posts. Each answers ids that the viewer may read, newest first.

use diesel::{
    dsl::{count_star, exists, not},
    prelude::*,
    sql_types::Bool,
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PostId, TagId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result,
    among::IsAmong,
    audience::viewer_id,
    schema::{attachments, home_entries, mentions, post_tags, posts, tags},
};

/// Which part of the public timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    Everywhere,
    Local,
    Remote,
}

fn posts_of(ids: Vec<i64>) -> Vec<PostId> {
    ids.into_iter().map(PostId).collect()
}

/// A post that the viewer may read, and of which version it is.
pub type Seen = (PostId, i64);

fn seen_of(rows: Vec<(i64, i64)>) -> Vec<Seen> {
    rows.into_iter()
        .map(|(id, version)| (PostId(id), version))
        .collect()
}

pub fn home(db: &mut Conn, owner: AccountId, now: Time, page: &Page) -> Result<Vec<Seen>> {
    each!(db, |c| {
        Ok(seen_of(keyset!(
            shown_at_home!(
                home_entries::table
                    .inner_join(posts::table)
                    .filter(home_entries::owner_id.eq(owner)),
                owner,
                now
            )
            .select((home_entries::post_id, posts::version)),
            home_entries::post_id,
            page,
            c
        )))
    })
}

/// Posts for their addressees alone, by or for this account. Each half is a page by an index of its own.
pub fn direct(db: &mut Conn, owner: AccountId, now: Time, page: &Page) -> Result<Vec<PostId>> {
    let mut ids: Vec<i64> = each!(db, |c| {
        let own: Vec<i64> = keyset!(
            posts::table
                .filter(posts::account_id.eq(owner))
                .filter(posts::audience.eq(Audience::Direct))
                .filter(posts::reblog_of_id.is_null())
                .filter(visible_to!(owner))
                .select(posts::id),
            posts::id,
            page,
            c
        );
        let to_owner = mentions::table
            .filter(mentions::account_id.eq(owner))
            .filter(mentions::post_id.lt(PostId(page.max_id.unwrap_or(i64::MAX))))
            .filter(mentions::post_id.gt(PostId(page.floor().unwrap_or(i64::MIN))))
            .select(mentions::post_id);
        let others: Vec<i64> = keyset!(
            posts::table
                .filter(posts::id.eq_any(to_owner))
                .filter(posts::audience.eq(Audience::Direct))
                .filter(visible_to!(owner))
                .filter(wanted_by!(owner, now))
                .select(posts::id),
            posts::id,
            page,
            c
        );
        QueryResult::Ok(own.into_iter().chain(others).collect())
    })?;
    ids.sort_unstable();
    ids.dedup();
    if !page.upward() {
        ids.reverse();
    }
    ids.truncate(usize::try_from(page.limit).unwrap_or(0));
    if page.upward() {
        ids.reverse();
    }
    Ok(posts_of(ids))
}

/// A condition on `posts`: does it carry a file?
macro_rules! has_media {
    () => {
        exists(
            attachments::table
                .filter(attachments::post_id.eq(posts::id.nullable()))
                .filter(attachments::refused.eq(false)),
        )
    };
}

/// Posts of which origin, and which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Part {
    pub origin: Origin,
    pub only_media: bool,
}

impl Origin {
    /// The values of `posts.local` that it takes in.
    const fn local(self) -> &'static [bool] {
        match self {
            Self::Everywhere => &[true, false],
            Self::Local => &[true],
            Self::Remote => &[false],
        }
    }
}

/// Each is another statement, for which there is an index.
macro_rules! of_origin {
    ($listed:expr, $origin:expr, $page:expr, $c:expr) => {
        match $origin {
            Origin::Everywhere => keyset!($listed, posts::id, $page, $c),
            Origin::Local => keyset!($listed.filter(posts::local.eq(true)), posts::id, $page, $c),
            Origin::Remote => keyset!($listed.filter(posts::local.eq(false)), posts::id, $page, $c),
        }
    };
}

pub fn public(
    db: &mut Conn,
    viewer: Viewer,
    origin: Origin,
    now: Time,
    page: &Page,
) -> Result<Vec<Seen>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        let listed = posts::table
            .filter(posts::listed.eq(true))
            .filter(visible_to!(viewer))
            .filter(come_upon!(viewer))
            .filter(wanted_by!(viewer, now))
            .select((posts::id, posts::version));
        Ok(seen_of(of_origin!(listed, origin, page, c)))
    })
}

/// Those of the public timeline that carry files.
pub fn public_media(
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
            .filter(has_media!())
            .filter(visible_to!(viewer))
            .filter(come_upon!(viewer))
            .filter(wanted_by!(viewer, now))
            .select(posts::id);
        Ok(posts_of(of_origin!(listed, origin, page, c)))
    })
}

/// Which public posts with hashtags, whose names are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// With one of these,
    pub any: Vec<String>,
    /// with every one of these,
    pub all: Vec<String>,
    /// and with none of these.
    pub none: Vec<String>,
    pub part: Part,
}

impl Tagged {
    /// Everything with one hashtag.
    pub fn with(tag: &str) -> Self {
        Self {
            any: vec![tag.to_owned()],
            all: Vec::new(),
            none: Vec::new(),
            part: Part {
                origin: Origin::Everywhere,
                only_media: false,
            },
        }
    }
}

diesel::alias!(post_tags as also: Also);

/// A page of public posts with hashtags: a query for each of `any`.
pub fn tagged(
    db: &mut Conn,
    viewer: Viewer,
    which: &Tagged,
    now: Time,
    page: &Page,
) -> Result<Vec<PostId>> {
    let viewer = viewer_id(viewer);
    let names: Vec<String> = [&which.any, &which.all, &which.none]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let known = crate::followed_tags::ids_of(db, &names)?;
    let ids = |names: &[String]| -> Vec<TagId> {
        known
            .iter()
            .filter(|(name, _)| names.contains(name))
            .map(|(_, id)| *id)
            .collect()
    };
    let (any, all, none) = (ids(&which.any), ids(&which.all), ids(&which.none));
    if !which
        .all
        .iter()
        .all(|name| known.iter().any(|(known, _)| known == name))
    {
        return Ok(Vec::new());
    }
    let wanted = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let mut found: Vec<i64> = Vec::new();
    for tag in any {
        let rows: Vec<i64> = each!(db, |c| {
            let every = also
                .filter(also.field(post_tags::post_id).eq(posts::id))
                .filter(also.field(post_tags::tag_id).among(&all))
                .select(count_star())
                .single_value()
                .eq(wanted);
            let some = exists(
                also.filter(also.field(post_tags::post_id).eq(posts::id))
                    .filter(also.field(post_tags::tag_id).among(&none)),
            );
            keyset!(
                post_tags::table
                    .inner_join(posts::table)
                    .filter(post_tags::tag_id.eq(tag))
                    .filter(posts::audience.eq(Audience::Public))
                    .filter(posts::local.among(which.part.origin.local()))
                    .filter((!which.part.only_media).into_sql::<Bool>().or(has_media!()))
                    .filter(every)
                    .filter(not(some))
                    .filter(visible_to!(viewer))
                    .filter(come_upon!(viewer))
                    .filter(wanted_by!(viewer, now))
                    .select(post_tags::post_id),
                post_tags::post_id,
                page,
                c
            )
        });
        found.extend(rows);
    }
    Ok(posts_of(merged(found, page)))
}

/// What several pages of the same bounds are as one.
fn merged(mut ids: Vec<i64>, page: &Page) -> Vec<i64> {
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.dedup();
    let most = usize::try_from(page.limit).unwrap_or(usize::MAX);
    if page.upward() {
        ids.drain(..ids.len().saturating_sub(most));
    } else {
        ids.truncate(most);
    }
    ids
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

/// What more is asked of an account's posts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrow {
    pub only_media: bool,
    /// With this hashtag, in lower case.
    pub tag: Option<String>,
}

pub fn by_account(
    db: &mut Conn,
    viewer: Viewer,
    account: AccountId,
    selection: Selection,
    page: &Page,
) -> Result<Vec<PostId>> {
    by_account_of(db, viewer, account, selection, &Narrow::default(), page)
}

/// The same of some of them.
pub fn by_account_of(
    db: &mut Conn,
    viewer: Viewer,
    account: AccountId,
    selection: Selection,
    narrow: &Narrow,
    page: &Page,
) -> Result<Vec<PostId>> {
    let viewer = viewer_id(viewer);
    let tag = narrow.tag.as_deref().unwrap_or_default();
    each!(db, |c| {
        let with_tag = exists(
            post_tags::table
                .inner_join(tags::table)
                .filter(post_tags::post_id.eq(posts::id))
                .filter(tags::name.eq(tag)),
        );
        let own = posts::table
            .filter(posts::account_id.eq(account))
            .filter((!narrow.only_media).into_sql::<Bool>().or(has_media!()))
            .filter(narrow.tag.is_none().into_sql::<Bool>().or(with_tag))
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

/// What is posted in a community, without what shows it.
pub fn of_community(
    db: &mut Conn,
    viewer: Viewer,
    community: AccountId,
    page: &Page,
) -> Result<Vec<PostId>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        Ok(posts_of(keyset!(
            posts::table
                .filter(posts::community_id.eq(community))
                .filter(posts::reblog_of_id.is_null())
                .filter(visible_to!(viewer))
                .select(posts::id),
            posts::id,
            page,
            c
        )))
    })
}
