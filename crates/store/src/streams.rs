//! What whoever holds a connection open is told of, and which of them: asked for all of them at once. A notice names rows; each
//! viewer is shown what a timeline would show, by the same conditions.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use diesel::{dsl::exists, prelude::*};
use kontor_domain::{
    audience::Audience,
    follow::FollowState,
    ids::{AccountId, AnnouncementId, ConversationId, ListId, NotificationId, PostId, TokenId},
    time::Time,
    user::UserState,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{
        access_tokens, accounts, attachments, blocks, bookmarks, favourites, filters, follows,
        home_entries, list_entries, mentions, muted_threads, poll_votes, post_tags, posts, quotes,
        reactions, tags, users,
    },
};

/// What the process that holds the connections listens for.
pub const TOPIC: &str = "streams";

/// So many values go into one statement.
const AT_ONCE: usize = 500;

/// Something that happened, as it goes from process to process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum News {
    /// A post, or a boost, has entered the timelines that it enters.
    Posted {
        post: PostId,
    },
    Edited {
        post: PostId,
    },
    /// It was in these timelines.
    Gone(Gone),
    Told {
        to: AccountId,
        notification: NotificationId,
    },
    Conversed {
        owner: AccountId,
        conversation: ConversationId,
    },
    FiltersChanged {
        of: AccountId,
    },
    /// Those who were held back are heard.
    Merged {
        of: AccountId,
    },
    /// For everybody here.
    Announced {
        announcement: AnnouncementId,
    },
    AnnouncementAnswered {
        announcement: AnnouncementId,
        name: String,
    },
    AnnouncementGone {
        announcement: AnnouncementId,
    },
    TokenRevoked {
        token: TokenId,
    },
    /// An account may not be signed in to any more.
    Shut {
        account: AccountId,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    pub post: PostId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub homes: Vec<AccountId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<ListId>,
    /// It stood in the public timeline.
    #[serde(default)]
    pub listed: bool,
    #[serde(default)]
    pub local: bool,
    /// It had files.
    #[serde(default)]
    pub media: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// Tells after the commit.
#[expect(
    clippy::expect_used,
    reason = "ids and words can always be written as JSON"
)]
pub fn tell(tx: &mut Tx<'_>, news: &News) {
    tx.notify(TOPIC, serde_json::to_string(news).expect("JSON"));
}

/// `None`: from a newer version, which knows what this one does not.
pub fn read(payload: &str) -> Option<News> {
    serde_json::from_str(payload).ok()
}

/// How many a notice names: each must fit into what PostgreSQL carries.
const NAMED: usize = 200;

/// A post is about to go: tells where it, and boosts of it, stood.
pub(crate) fn tell_gone(tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    let (facts, homes, lists) = each!(tx, |c| {
        let facts: Option<(bool, bool, Audience, bool)> = posts::table
            .find(post)
            .select((
                posts::listed,
                posts::local,
                posts::audience,
                exists(attachments::table.filter(attachments::post_id.eq(posts::id.nullable()))),
            ))
            .first(c)
            .optional()?;
        let shown: Vec<PostId> = posts::table
            .filter(posts::reblog_of_id.eq(post))
            .select(posts::id)
            .load(c)?;
        let mut homes: Vec<AccountId> = Vec::new();
        let mut lists: Vec<ListId> = Vec::new();
        for shown in shown.into_iter().chain([post]) {
            let owners = home_entries::table
                .filter(home_entries::post_id.eq(shown))
                .select(home_entries::owner_id);
            homes.extend(owners.load::<AccountId>(c)?);
            let ids = list_entries::table
                .filter(list_entries::post_id.eq(shown))
                .select(list_entries::list_id);
            lists.extend(ids.load::<ListId>(c)?);
        }
        diesel::QueryResult::Ok((facts, homes, lists))
    })?;
    let Some((listed, local, audience, media)) = facts else {
        return Ok(());
    };
    let tags = if audience == Audience::Public {
        let found = crate::posts::tags_of(tx, &[post])?;
        found.into_iter().map(|(_, tag)| tag).collect()
    } else {
        Vec::new()
    };
    let from = Gone {
        post,
        local,
        media,
        homes: Vec::new(),
        lists: Vec::new(),
        listed: false,
        tags: Vec::new(),
    };
    if listed {
        let gone = Gone {
            listed,
            ..from.clone()
        };
        tell(tx, &News::Gone(gone));
    }
    for homes in distinct(homes).chunks(NAMED) {
        let homes = homes.to_vec();
        let gone = Gone {
            homes,
            ..from.clone()
        };
        tell(tx, &News::Gone(gone));
    }
    for lists in distinct(lists).chunks(NAMED) {
        let lists = lists.to_vec();
        let gone = Gone {
            lists,
            ..from.clone()
        };
        tell(tx, &News::Gone(gone));
    }
    // Few of them, for they may be long.
    for tags in tags.chunks(8) {
        let tags = tags.to_vec();
        let gone = Gone {
            tags,
            ..from.clone()
        };
        tell(tx, &News::Gone(gone));
    }
    Ok(())
}

fn distinct<T: Ord>(all: Vec<T>) -> Vec<T> {
    let all: BTreeSet<T> = all.into_iter().collect();
    all.into_iter().collect()
}

/// What decides in which streams a post is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each decides of a stream")]
pub struct Facts {
    pub post: PostId,
    pub author: AccountId,
    /// What it boosts, and whose that is.
    pub boosts: Option<(PostId, AccountId)>,
    pub listed: bool,
    pub public: bool,
    pub local: bool,
    pub media: bool,
    pub tags: Vec<String>,
    pub created_at: Time,
}

/// `None`: it is gone. Holds nothing of what it says.
pub fn facts(db: &mut Conn, post: PostId) -> Result<Option<Facts>> {
    type Row = (
        AccountId,
        Option<PostId>,
        Option<AccountId>,
        bool,
        Audience,
        bool,
        Time,
        bool,
    );
    let row: Option<Row> = each!(db, |c| posts::table
        .find(post)
        .select((
            posts::account_id,
            posts::reblog_of_id,
            posts::reblog_of_account_id,
            posts::listed,
            posts::audience,
            posts::local,
            posts::created_at,
            exists(attachments::table.filter(attachments::post_id.eq(posts::id.nullable()))),
        ))
        .first(c)
        .optional())?;
    let Some((author, boosted, of, listed, audience, local, created_at, media)) = row else {
        return Ok(None);
    };
    Ok(Some(Facts {
        post,
        author,
        boosts: boosted.zip(of),
        listed,
        public: audience == Audience::Public,
        local,
        media,
        tags: tags_of(db, post)?,
        created_at,
    }))
}

fn tags_of(db: &mut Conn, post: PostId) -> Result<Vec<String>> {
    each!(db, |c| Ok(post_tags::table
        .inner_join(tags::table)
        .filter(post_tags::post_id.eq(post))
        .select(tags::name)
        .load(c)?))
}

/// The boosts of a post.
pub fn boosts_of(db: &mut Conn, post: PostId) -> Result<Vec<PostId>> {
    each!(db, |c| Ok(posts::table
        .filter(posts::reblog_of_id.eq(post))
        .select(posts::id)
        .load(c)?))
}

/// Of those who listen, those whose home timelines show one of these posts.
#[expect(clippy::implicit_hasher, reason = "the hub has one kind of set")]
pub fn at_home(
    db: &mut Conn,
    posts: &[PostId],
    listening: &HashSet<AccountId>,
    now: Time,
) -> Result<BTreeSet<AccountId>> {
    let mut found = BTreeSet::new();
    for post in posts {
        let owners: Vec<AccountId> = each!(db, |c| home_entries::table
            .filter(home_entries::post_id.eq(post))
            .select(home_entries::owner_id)
            .load(c))?;
        let owners: Vec<AccountId> = owners
            .into_iter()
            .filter(|owner| listening.contains(owner))
            .collect();
        for owners in owners.chunks(AT_ONCE) {
            let shown: Vec<AccountId> = each!(db, |c| shown_at_home!(
                home_entries::table
                    .inner_join(posts::table)
                    .filter(home_entries::post_id.eq(post))
                    .filter(home_entries::owner_id.among(owners)),
                home_entries::owner_id,
                now
            )
            .select(home_entries::owner_id)
            .load(c))?;
            found.extend(shown);
        }
    }
    Ok(found)
}

/// Of those who listen, those who are shown a public post in the public timeline, or in that of a hashtag.
pub fn come_upon(
    db: &mut Conn,
    post: PostId,
    listening: &[AccountId],
    now: Time,
) -> Result<BTreeSet<AccountId>> {
    let mut found = BTreeSet::new();
    for viewers in listening.chunks(AT_ONCE) {
        let shown: Vec<AccountId> = each!(db, |c| users::table
            .inner_join(posts::table.on(posts::id.eq(post)))
            .filter(users::account_id.among(viewers))
            .filter(posts::audience.eq(Audience::Public))
            .filter(visible_to!(users::account_id))
            .filter(come_upon!(users::account_id))
            .filter(wanted_by!(users::account_id, now))
            .select(users::account_id)
            .load(c))?;
        found.extend(shown);
    }
    Ok(found)
}

/// The lists in whose timelines one of these posts stands; whether it is shown there, `list_entries::page` says.
pub fn lists_with(db: &mut Conn, posts: &[PostId]) -> Result<Vec<(ListId, PostId)>> {
    let mut found = Vec::new();
    for post in posts {
        let lists: Vec<ListId> = each!(db, |c| list_entries::table
            .filter(list_entries::post_id.eq(post))
            .select(list_entries::list_id)
            .load(c))?;
        found.extend(lists.into_iter().map(|list| (list, *post)));
    }
    Ok(found)
}

/// What these posts quote with leave, and whose that is.
pub fn quoted_by(db: &mut Conn, posts: &[PostId]) -> Result<Vec<(PostId, AccountId)>> {
    let found: Vec<(Option<PostId>, Option<AccountId>)> = each!(db, |c| quotes::table
        .filter(quotes::post_id.among(posts))
        .select((quotes::quoted_id, quotes::quoted_account_id))
        .load(c))?;
    Ok(found
        .into_iter()
        .filter_map(|(post, author)| post.zip(author))
        .collect())
}

/// Of these viewers, those who see these posts, which are by these people, in a way of their own: they have done something with
/// one of them, are named in one, have filters, or there is a block. All others see the same, but for whom they follow: `ties`.
pub fn apart(
    db: &mut Conn,
    viewers: &[AccountId],
    of: &[PostId],
    people: &[AccountId],
) -> Result<HashSet<AccountId>> {
    let mut found: HashSet<AccountId> = people.iter().copied().collect();
    for some in viewers.chunks(AT_ONCE) {
        let own: Vec<Vec<AccountId>> = each!(db, |c| {
            let blocked = exists(
                reactions::table
                    .filter(reactions::post_id.among(of))
                    .filter(reactions::account_id.eq(blocks::target_id)),
            );
            let blocking = exists(
                reactions::table
                    .filter(reactions::post_id.among(of))
                    .filter(reactions::account_id.eq(blocks::account_id)),
            );
            diesel::QueryResult::Ok(vec![
                favourites::table
                    .filter(favourites::post_id.among(of))
                    .filter(favourites::account_id.among(some))
                    .select(favourites::account_id)
                    .load(c)?,
                bookmarks::table
                    .filter(bookmarks::post_id.among(of))
                    .filter(bookmarks::account_id.among(some))
                    .select(bookmarks::account_id)
                    .load(c)?,
                posts::table
                    .filter(posts::reblog_of_id.assume_not_null().among(of))
                    .filter(posts::account_id.among(some))
                    .select(posts::account_id)
                    .load(c)?,
                mentions::table
                    .filter(mentions::post_id.among(of))
                    .filter(mentions::account_id.among(some))
                    .select(mentions::account_id)
                    .load(c)?,
                poll_votes::table
                    .filter(poll_votes::poll_id.among(of))
                    .filter(poll_votes::account_id.among(some))
                    .select(poll_votes::account_id)
                    .load(c)?,
                reactions::table
                    .filter(reactions::post_id.among(of))
                    .filter(reactions::account_id.among(some))
                    .select(reactions::account_id)
                    .load(c)?,
                filters::table
                    .filter(filters::account_id.among(some))
                    .select(filters::account_id)
                    .distinct()
                    .load(c)?,
                muted_threads::table
                    .filter(muted_threads::account_id.among(some))
                    .select(muted_threads::account_id)
                    .distinct()
                    .load(c)?,
                blocks::table
                    .filter(blocks::account_id.among(some))
                    .filter(blocks::target_id.among(people).or(blocked))
                    .select(blocks::account_id)
                    .load(c)?,
                blocks::table
                    .filter(blocks::target_id.among(some))
                    .filter(blocks::account_id.among(people).or(blocking))
                    .select(blocks::target_id)
                    .load(c)?,
            ])
        })?;
        found.extend(own.into_iter().flatten());
    }
    Ok(found)
}

/// Of these viewers, who follows whom of these people. Who follows nobody of them is not there.
pub fn ties(
    db: &mut Conn,
    viewers: &[AccountId],
    people: &[AccountId],
) -> Result<BTreeMap<AccountId, BTreeSet<AccountId>>> {
    let mut found: BTreeMap<AccountId, BTreeSet<AccountId>> = BTreeMap::new();
    for some in viewers.chunks(AT_ONCE) {
        let rows: Vec<(AccountId, AccountId)> = each!(db, |c| follows::table
            .filter(follows::follower_id.among(some))
            .filter(follows::target_id.among(people))
            .filter(follows::state.eq(FollowState::Accepted))
            .select((follows::follower_id, follows::target_id))
            .load(c))?;
        for (follower, target) in rows {
            found.entry(follower).or_default().insert(target);
        }
    }
    Ok(found)
}

/// Of these tokens, those that are still good, of people who may still sign in.
pub fn good(db: &mut Conn, tokens: &[TokenId]) -> Result<HashSet<TokenId>> {
    let mut found = HashSet::new();
    for some in tokens.chunks(AT_ONCE) {
        // `account_id` is NULL for the token of an application.
        let good: Vec<TokenId> = each!(db, |c| access_tokens::table
            .inner_join(users::table.on(users::account_id.nullable().eq(access_tokens::account_id)))
            .inner_join(accounts::table.on(accounts::id.eq(users::account_id)))
            .filter(access_tokens::id.among(some))
            .filter(access_tokens::revoked_at.is_null())
            .filter(users::state.eq(UserState::Active))
            .filter(users::confirmed_at.is_not_null())
            .filter(accounts::suspended_at.is_null())
            .select(access_tokens::id)
            .load(c))?;
        found.extend(good);
    }
    Ok(found)
}
