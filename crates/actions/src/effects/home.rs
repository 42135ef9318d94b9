//! A new post, or a boost, enters the home timelines of its author's local followers, and their lists, unless they follow in other
//! languages; a public post those of the followers of its hashtags as well.

use std::collections::HashSet;

use kontor_domain::{
    audience::{Audience, Viewer},
    event::Event,
    ids::{AccountId, ListId, PostId},
};
use kontor_store::{
    Tx, followed_tags,
    follows::{self, Follower},
    home, list_entries, lists,
    posts::{self, Post},
};

use crate::{App, Result, streams::NEWS_FOR};

/// Returns those who want to be told of the post.
pub(super) fn apply(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<Vec<AccountId>> {
    match event {
        Event::PostCreated { post } => fan_out(app, tx, *post),
        Event::PostBoosted { boost, .. } => fan_out(app, tx, *boost),
        _ => Ok(Vec::new()),
    }
}

fn fan_out(app: &App, tx: &mut Tx<'_>, id: PostId) -> Result<Vec<AccountId>> {
    let Some(author) = posts::author(tx, id)? else {
        return Ok(Vec::new());
    };
    // The author sees every post of theirs; it is gone if they do not.
    let Some(post) = posts::by_id(tx, Viewer::Account(author), id)? else {
        return Ok(Vec::new());
    };
    let places = places(app, tx, &post, i64::MAX)?;
    places.enter(tx, id)?;
    Ok(places.told)
}

/// The timelines that a post enters.
pub(super) struct Places {
    homes: Vec<AccountId>,
    lists: Vec<ListId>,
    /// Of those whose home it enters, those who want to be told of each post of its author's.
    pub(super) told: Vec<AccountId>,
}

impl Places {
    pub(super) fn len(&self) -> usize {
        self.homes.len().saturating_add(self.lists.len())
    }

    pub(super) fn enter(&self, tx: &mut Tx<'_>, id: PostId) -> Result<()> {
        list_entries::add(tx, &self.lists, id)?;
        Ok(home::add(tx, &self.homes, id)?)
    }
}

/// `tagged`: so many of those who follow its hashtags, at most; 0 where it has none.
pub(super) fn places(app: &App, tx: &mut Tx<'_>, post: &Post, tagged: i64) -> Result<Places> {
    let author = post.account_id;
    let age = chrono::Duration::from_std(app.settings.limits.home_age)
        .unwrap_or(chrono::Duration::days(30));
    let since = app.now() - age;
    let language = post.language.as_deref();
    let followers = follows::local_followers(tx, author, since, language)?;
    let mut homes: Vec<AccountId> = followers.iter().map(|follower| follower.id).collect();
    if post.audience == Audience::Direct {
        let mentioned: Vec<AccountId> = posts::mentions_of(tx, &[post.id])?
            .into_iter()
            .map(|(_, account)| account)
            .collect();
        homes.retain(|owner| mentioned.contains(owner));
    }
    // What is posted in a private community, and nothing else, is for its members alone.
    if post.audience == Audience::Community
        && let Some(group) = post.community_id
    {
        let inside: HashSet<AccountId> = follows::local_followers(tx, group, since, None)?
            .into_iter()
            .map(|member| member.id)
            .collect();
        homes.retain(|owner| *owner == author || inside.contains(owner));
    }
    if let Some(boosted) = post.reblog_of_id {
        homes = follows::wanting_boosts(tx, &homes, author)?;
        let lists = lists::wanting(tx, &homes, author)?;
        let homes = home::wanting_boost(tx, homes, boosted)?;
        return Ok(Places {
            homes,
            lists,
            told: Vec::new(),
        });
    }
    // Which answers a list shows is asked when it is read.
    let lists = lists::wanting(tx, &homes, author)?;
    match post.in_reply_to_account_id {
        Some(parent) if parent != author => homes = home::wanting_reply(tx, &homes, parent)?,
        // An answer to something that is not known here would stand there without its question.
        None if post.in_reply_to_uri.is_some() => homes.clear(),
        _ => {}
    }
    let told = told(app, post, &followers, &homes);
    if tagged > 0 {
        homes.append(&mut followed_tags::followers_of(
            tx, post.id, since, tagged,
        )?);
    }
    Ok(Places { homes, lists, told })
}

/// A direct post is a mention or nothing, an answer is for whom it answers, and what comes late is no news.
fn told(app: &App, post: &Post, followers: &[Follower], homes: &[AccountId]) -> Vec<AccountId> {
    let mut told: Vec<AccountId> = followers
        .iter()
        .filter(|follower| follower.notify)
        .map(|follower| follower.id)
        .collect();
    let answers_another = post
        .in_reply_to_account_id
        .is_some_and(|parent| parent != post.account_id);
    let late = post.created_at < app.now() - NEWS_FOR;
    if told.is_empty() || post.audience == Audience::Direct || answers_another || late {
        return Vec::new();
    }
    let homes: HashSet<AccountId> = homes.iter().copied().collect();
    told.retain(|person| homes.contains(person));
    told
}
