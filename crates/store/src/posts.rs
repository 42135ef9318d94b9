//! Posts and what hangs on them. A post leaves only through a function that takes a viewer.

use std::collections::BTreeSet;

use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, ApplicationId, PostId, RevisionId, TagId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    audience::viewer_id,
    pairs,
    prepared::{Bind, Prepared, steady},
    schema::{former_mentions, mentions, post_revisions, post_tags, posts, tags, users},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = posts, treat_none_as_default_value = false)]
pub struct Post {
    pub id: PostId,
    pub uri: String,
    pub url: String,
    pub account_id: AccountId,
    pub application_id: Option<ApplicationId>,
    pub local: bool,
    pub audience: Audience,
    pub listed: bool,
    pub in_reply_to_id: Option<PostId>,
    pub in_reply_to_account_id: Option<AccountId>,
    pub in_reply_to_uri: Option<String>,
    pub content: String,
    pub text: String,
    pub content_type: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub replies_count: i64,
    pub created_at: Time,
    pub edited_at: Option<Time>,
    /// What a boost boosts, and whose that is; such a post has no text.
    pub reblog_of_id: Option<PostId>,
    pub reblog_of_account_id: Option<AccountId>,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub community_id: Option<AccountId>,
    pub removed_at: Option<Time>,
}

/// What an edit replaces.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = posts, treat_none_as_null = true)]
pub struct Edit {
    pub content: String,
    pub text: String,
    pub content_type: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub edited_at: Option<Time>,
}

/// A version that an edit replaced.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = post_revisions)]
pub struct Revision {
    pub id: RevisionId,
    pub post_id: PostId,
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    /// When this version was written.
    pub created_at: Time,
    /// JSON list of `attachments::Attachment`.
    pub attachments: String,
    /// JSON list of texts.
    pub poll_options: Option<String>,
}

/// Those of `ids` that the viewer may read, in no order.
pub fn visible(db: &mut Conn, viewer: Viewer, ids: &[PostId]) -> Result<Vec<Post>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        Ok(steady(
            posts::table
                .filter(posts::id.among(ids))
                .filter(visible_to!(viewer))
                .select(Post::as_select()),
        )
        .load(c)?)
    })
}

pub fn by_id(db: &mut Conn, viewer: Viewer, id: PostId) -> Result<Option<Post>> {
    Ok(visible(db, viewer, &[id])?.pop())
}

pub fn by_uri(db: &mut Conn, viewer: Viewer, uri: &str) -> Result<Option<Post>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        Ok(posts::table
            .filter(posts::uri.eq(uri))
            .filter(visible_to!(viewer))
            .select(Post::as_select())
            .first(c)
            .optional()?)
    })
}

/// By the address of its page, for posts pasted into a search.
pub fn by_url(db: &mut Conn, viewer: Viewer, url: &str) -> Result<Option<Post>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        Ok(posts::table
            .filter(posts::uri.eq(url).or(posts::url.eq(url)))
            .filter(visible_to!(viewer))
            .select(Post::as_select())
            .first(c)
            .optional()?)
    })
}

/// What may be known of a post by anyone who names its address: its id and author, never its content.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = posts)]
pub struct Stub {
    pub id: PostId,
    pub uri: String,
    pub account_id: AccountId,
    pub audience: Audience,
    pub local: bool,
    /// `Some`: it is a boost.
    pub reblog_of_id: Option<PostId>,
    pub community_id: Option<AccountId>,
    pub removed_at: Option<Time>,
}

/// Is the address known here? Decides on threading and duplicates; holds nothing that could be shown.
pub fn stub_by_uri(db: &mut Conn, uri: &str) -> Result<Option<Stub>> {
    each!(db, |c| Ok(posts::table
        .filter(posts::uri.eq(uri))
        .select(Stub::as_select())
        .first(c)
        .optional()?))
}

/// Those of these addresses that are known here, with what may be known of them.
pub fn stubs_by_uris(db: &mut Conn, uris: &[&str]) -> Result<Vec<Stub>> {
    each!(db, |c| Ok(posts::table
        .filter(posts::uri.among(uris))
        .select(Stub::as_select())
        .load(c)?))
}

/// The same by id.
pub fn stub(db: &mut Conn, id: PostId) -> Result<Option<Stub>> {
    each!(db, |c| Ok(posts::table
        .find(id)
        .select(Stub::as_select())
        .first(c)
        .optional()?))
}

/// The addresses of posts, whoever may read them: what a reply says that it answers.
pub fn uris(db: &mut Conn, ids: &[PostId]) -> Result<Vec<(PostId, String)>> {
    each!(db, |c| Ok(posts::table
        .filter(posts::id.among(ids))
        .select((posts::id, posts::uri))
        .load(c)?))
}

/// Whose post it is; `None`: it is gone.
pub fn author(db: &mut Conn, id: PostId) -> Result<Option<AccountId>> {
    each!(db, |c| Ok(posts::table
        .find(id)
        .select(posts::account_id)
        .first(c)
        .optional()?))
}

/// Whom these posts answer.
pub fn answered_authors(db: &mut Conn, ids: &[PostId]) -> Result<Vec<AccountId>> {
    let authors: Vec<Option<AccountId>> = each!(db, |c| posts::table
        .filter(posts::id.among(ids))
        .select(posts::in_reply_to_account_id)
        .load(c))?;
    Ok(authors.into_iter().flatten().collect())
}

pub fn insert(tx: &mut Tx<'_>, post: &Post) -> Result<()> {
    each!(tx, |c| diesel::insert_into(posts::table)
        .values(post)
        .execute(c))?;
    Ok(())
}

pub fn edit(tx: &mut Tx<'_>, id: PostId, edit: &Edit) -> Result<()> {
    each!(tx, |c| diesel::update(posts::table.find(id))
        .set(edit)
        .execute(c))?;
    Ok(())
}

/// `false`: it was gone. Whoever has it before their eyes is told.
pub fn delete(tx: &mut Tx<'_>, id: PostId) -> Result<bool> {
    crate::streams::tell_gone(tx, id)?;
    remove(tx, id)
}

/// The same, but the files that are shown with it stay, as uploads of its author's that wait.
pub fn delete_but_files(tx: &mut Tx<'_>, id: PostId, now: Time) -> Result<bool> {
    crate::streams::tell_gone(tx, id)?;
    crate::attachments::detach(tx, id, now)?;
    remove(tx, id)
}

fn remove(tx: &mut Tx<'_>, id: PostId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(posts::table.find(id)).execute(c))?;
    Ok(rows == 1)
}

pub fn count_replies(tx: &mut Tx<'_>, id: PostId, by: i64) -> Result<()> {
    let text = "UPDATE posts SET replies_count = replies_count + ? WHERE id = ?";
    let binds = vec![Bind::Big(by), Bind::Big(id.0)];
    each!(tx, |c| Prepared::new(text, binds).execute(c))?;
    Ok(())
}

/// Posts that an account answered, and how often that is counted: what their counters lose when the account goes.
pub fn counted_replies_by(db: &mut Conn, account: AccountId) -> Result<Vec<(PostId, i64)>> {
    let counted: Vec<Audience> = Audience::ALL
        .iter()
        .copied()
        .filter(|audience| audience.counts_answers())
        .collect();
    each!(db, |c| {
        let rows: Vec<(Option<PostId>, i64)> = posts::table
            .filter(posts::account_id.eq(account))
            .filter(posts::in_reply_to_id.is_not_null())
            .filter(posts::audience.eq_any(counted))
            .filter(posts::removed_at.is_null())
            .group_by(posts::in_reply_to_id)
            .select((posts::in_reply_to_id, diesel::dsl::count_star()))
            .load(c)?;
        Ok(rows
            .into_iter()
            .filter_map(|(id, count)| Some((id?, count)))
            .collect())
    })
}

/// The direct answers to a post that everyone may read, with their addresses.
pub fn open_replies(db: &mut Conn, parent: PostId, page: &Page) -> Result<Vec<(PostId, String)>> {
    let anyone = viewer_id(Viewer::Anyone);
    each!(db, |c| {
        let rows: Vec<(i64, String)> = keyset!(
            posts::table
                .filter(posts::in_reply_to_id.eq(parent))
                .filter(visible_to!(anyone))
                .select((posts::id, posts::uri)),
            posts::id,
            page,
            c
        );
        Ok(rows
            .into_iter()
            .map(|(id, uri)| (PostId(id), uri))
            .collect())
    })
}

/// How many of an account's posts everyone may read.
pub fn count_open(db: &mut Conn, account: AccountId) -> Result<i64> {
    let anyone = viewer_id(Viewer::Anyone);
    each!(db, |c| {
        Ok(posts::table
            .filter(posts::account_id.eq(account))
            .filter(visible_to!(anyone))
            .count()
            .get_result(c)?)
    })
}

/// Replies to an address that was not known when they came.
pub fn orphans_of(db: &mut Conn, parent_uri: &str) -> Result<Vec<Stub>> {
    each!(db, |c| {
        Ok(posts::table
            .filter(posts::in_reply_to_uri.eq(parent_uri))
            .select(Stub::as_select())
            .load(c)?)
    })
}

/// A reply finds its parent.
pub fn adopt(
    tx: &mut Tx<'_>,
    reply: PostId,
    parent: PostId,
    parent_author: AccountId,
) -> Result<()> {
    each!(tx, |c| {
        diesel::update(posts::table.find(reply))
            .set((
                posts::in_reply_to_id.eq(parent),
                posts::in_reply_to_account_id.eq(parent_author),
                posts::in_reply_to_uri.eq(None::<String>),
            ))
            .execute(c)
    })?;
    Ok(())
}

pub fn insert_revision(tx: &mut Tx<'_>, revision: &Revision) -> Result<()> {
    each!(tx, |c| diesel::insert_into(post_revisions::table)
        .values(revision)
        .execute(c))?;
    Ok(())
}

/// Earlier versions of a post that the viewer may read, oldest first.
pub fn revisions(db: &mut Conn, viewer: Viewer, id: PostId) -> Result<Vec<Revision>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        Ok(post_revisions::table
            .inner_join(posts::table)
            .filter(post_revisions::post_id.eq(id))
            .filter(visible_to!(viewer))
            .order(post_revisions::id.asc())
            .select(Revision::as_select())
            .load(c)?)
    })
}

/// Replaces the mentions of a post; returns those that are new. Who is mentioned no longer is remembered.
pub fn set_mentions(tx: &mut Tx<'_>, id: PostId, to: &[AccountId]) -> Result<Vec<AccountId>> {
    let before = mentions_of(tx, &[id])?;
    let new: Vec<AccountId> = to
        .iter()
        .copied()
        .filter(|to| !before.iter().any(|(_, b)| b == to))
        .collect();
    let former: Vec<AccountId> = before
        .iter()
        .map(|(_, account)| *account)
        .filter(|account| !to.contains(account))
        .collect();
    each!(tx, |c| {
        diesel::delete(
            mentions::table
                .filter(mentions::post_id.eq(id))
                .filter(mentions::account_id.ne_all(to)),
        )
        .execute(c)?;
        for some in former.chunks(1000) {
            let rows: Vec<_> = some
                .iter()
                .map(|from| {
                    (
                        former_mentions::post_id.eq(id),
                        former_mentions::account_id.eq(*from),
                    )
                })
                .collect();
            diesel::insert_into(former_mentions::table)
                .values(rows)
                .on_conflict_do_nothing()
                .execute(c)?;
        }
        diesel::QueryResult::Ok(())
    })?;
    add_mentions(tx, id, &new)?;
    Ok(new)
}

/// The mentions of a post that has none yet.
pub fn add_mentions(tx: &mut Tx<'_>, id: PostId, to: &[AccountId]) -> Result<()> {
    let to = to.iter().map(|to| to.0);
    pairs::add(tx, "mentions (post_id, account_id)", id.0, to)
}

/// Who is mentioned in each of these posts.
pub fn mentions_of(db: &mut Conn, ids: &[PostId]) -> Result<Vec<(PostId, AccountId)>> {
    each!(db, |c| {
        Ok(mentions::table
            .filter(mentions::post_id.among(ids))
            .order(mentions::account_id.asc())
            .select((mentions::post_id, mentions::account_id))
            .load(c)?)
    })
}

/// The people here whom a post mentions.
pub fn mentioned_here(db: &mut Conn, id: PostId) -> Result<Vec<AccountId>> {
    each!(db, |c| {
        Ok(mentions::table
            .inner_join(users::table.on(users::account_id.eq(mentions::account_id)))
            .filter(mentions::post_id.eq(id))
            .order(mentions::account_id.asc())
            .select(mentions::account_id)
            .load(c)?)
    })
}

/// Whom earlier versions of a post mentioned and this one does not.
pub fn formerly_mentioned(db: &mut Conn, id: PostId) -> Result<Vec<AccountId>> {
    each!(db, |c| {
        Ok(former_mentions::table
            .filter(former_mentions::post_id.eq(id))
            .filter(not(exists(
                mentions::table
                    .filter(mentions::post_id.eq(id))
                    .filter(mentions::account_id.eq(former_mentions::account_id)),
            )))
            .order(former_mentions::account_id.asc())
            .select(former_mentions::account_id)
            .load(c)?)
    })
}

/// Replaces the hashtags of a post. `names` in lower case, each with an id to use if the tag is new.
pub fn set_tags(tx: &mut Tx<'_>, id: PostId, names: &[(TagId, String)], now: Time) -> Result<()> {
    each!(tx, |c| diesel::delete(
        post_tags::table.filter(post_tags::post_id.eq(id))
    )
    .execute(c))?;
    add_tags(tx, id, names, now)
}

/// The hashtags of a post that has none yet. `names` as in [`set_tags`].
pub fn add_tags(tx: &mut Tx<'_>, id: PostId, names: &[(TagId, String)], now: Time) -> Result<()> {
    let words: BTreeSet<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
    let words: Vec<&str> = words.into_iter().collect();
    if words.is_empty() || tag_known(tx, id, &words)? == words.len() {
        return Ok(());
    }
    // In one order for all: who inserts a name waits for whoever inserts the same.
    let mut names: Vec<&(TagId, String)> = names.iter().collect();
    names.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
    each!(tx, |c| {
        for (tag, name) in names {
            diesel::insert_into(tags::table)
                .values((
                    tags::id.eq(*tag),
                    tags::name.eq(name),
                    tags::created_at.eq(now),
                ))
                .on_conflict_do_nothing()
                .execute(c)?;
        }
        diesel::QueryResult::Ok(())
    })?;
    tag_known(tx, id, &words).map(drop)
}

/// Gives a post those of these hashtags that are known here. Returns how many it had not yet.
fn tag_known(tx: &mut Tx<'_>, id: PostId, words: &[&str]) -> Result<usize> {
    let binds = vec![Bind::Big(id.0), Bind::words(words)];
    Ok(each!(
        tx,
        sqlite
            | c
            | Prepared::new(
                "INSERT INTO post_tags (post_id, tag_id) SELECT ?, id FROM tags \
                 WHERE name IN (SELECT value FROM json_each(?)) ON CONFLICT DO NOTHING",
                binds
            )
            .execute(c)?,
        postgres
            | c
            | Prepared::new(
                "INSERT INTO post_tags (post_id, tag_id) SELECT ?, id FROM tags \
                 WHERE name = ANY(?) ON CONFLICT DO NOTHING",
                binds
            )
            .execute(c)?,
    ))
}

/// The hashtags of each of these posts, in lower case.
pub fn tags_of(db: &mut Conn, ids: &[PostId]) -> Result<Vec<(PostId, String)>> {
    each!(db, |c| {
        Ok(post_tags::table
            .inner_join(tags::table)
            .filter(post_tags::post_id.among(ids))
            .order(tags::name.asc())
            .select((post_tags::post_id, tags::name))
            .load(c)?)
    })
}

/// Whom a post answers, if that is known.
pub fn parent_author(db: &mut Conn, id: PostId) -> Result<Option<AccountId>> {
    let found: Option<Option<AccountId>> = each!(db, |c| posts::table
        .find(id)
        .select(posts::in_reply_to_account_id)
        .first(c)
        .optional()?);
    Ok(found.flatten())
}

/// What must be known of a post to take it away; nothing of it can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = posts)]
pub struct Remains {
    pub id: PostId,
    pub uri: String,
    pub account_id: AccountId,
    pub audience: Audience,
    pub in_reply_to_id: Option<PostId>,
    pub reblog_of_id: Option<PostId>,
    pub removed_at: Option<Time>,
}

impl From<&Post> for Remains {
    fn from(post: &Post) -> Self {
        Self {
            id: post.id,
            uri: post.uri.clone(),
            account_id: post.account_id,
            audience: post.audience,
            in_reply_to_id: post.in_reply_to_id,
            reblog_of_id: post.reblog_of_id,
            removed_at: post.removed_at,
        }
    }
}

/// Some posts of an account that is being erased.
pub fn remains_of(db: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<Remains>> {
    each!(db, |c| Ok(posts::table
        .filter(posts::account_id.eq(account))
        .order(posts::id.asc())
        .limit(limit)
        .select(Remains::as_select())
        .load(c)?))
}
