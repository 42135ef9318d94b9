//! What hangs on a post besides its text: files, a poll, a quote, emoji, its thread. Each is a noun of its own; here they meet.

use std::{collections::HashMap, sync::Arc};

use kontor_domain::{
    audience::Viewer,
    community::Access,
    ids::PostId,
    interaction::Limits,
    quote::{Policy, QuoteState},
    time::Time,
};
use kontor_store::{
    Conn, Tx, accounts,
    cards::{self, Card},
    communities, community_posts,
    posts::Post,
    quotes::{self, Quote},
    search,
    versions::Has,
};

use crate::{
    App, Result,
    attachments::{self, Attachment, Carried},
    custom_emojis::{self, CustomEmoji, RemoteEmoji},
    interaction_limits,
    kept::{self, Kept, KeptAccount, KeptPost},
    polls::{self, NewPoll, PollView},
    quotes::{Approval, NewQuote, QuoteView},
};

/// What a new post comes with.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    pub carried: Carried,
    pub poll: Option<NewPoll>,
    pub quote: Option<NewQuote>,
    /// Who may quote it; `None`: nobody says.
    pub quote_policy: Option<Policy>,
    /// Whom its server lets do something with it; `None`: everyone.
    pub limits: Option<Limits>,
    pub emojis: Vec<RemoteEmoji>,
    /// Its thread, and where the answers to it are listed.
    pub context: Option<String>,
    pub replies: Option<String>,
    /// Nobody here has looked at it yet, but somebody will: the answers to it are asked for by themselves.
    pub ask_for_answers: bool,
}

/// What a new version of a post comes with; `None`: as it was.
#[derive(Debug, Clone, Default)]
pub struct ChangedParts {
    pub carried: Option<Carried>,
    pub poll: Option<Option<NewPoll>>,
    pub quote: Option<Option<NewQuote>>,
    pub quote_policy: Option<Policy>,
    pub limits: Option<Option<Limits>>,
    pub emojis: Vec<RemoteEmoji>,
    /// The title that a thread of a community is given.
    pub title: Option<String>,
}

impl From<Parts> for ChangedParts {
    fn from(parts: Parts) -> Self {
        Self {
            carried: Some(parts.carried),
            poll: Some(parts.poll),
            quote: Some(parts.quote),
            quote_policy: parts.quote_policy,
            limits: Some(parts.limits),
            emojis: parts.emojis,
            title: None,
        }
    }
}

/// What hangs on a post, as one viewer sees it.
#[derive(Debug, Clone, Default)]
pub struct PartsView {
    /// When it was looked at, if not everybody may read it: its files are for whoever looked.
    pub closed: Option<Time>,
    pub attachments: Vec<Attachment>,
    pub poll: Option<PollView>,
    pub quote: Option<QuoteView>,
    pub quotes_count: i64,
    pub approval: Option<Approval>,
    pub emojis: Vec<CustomEmoji>,
    pub context: Option<String>,
    /// Of the page that it links to.
    pub card: Option<Card>,
    pub group: Option<GroupView>,
}

/// The community that a post belongs to, and what it is there.
#[derive(Debug, Clone)]
pub struct GroupView {
    pub account: Arc<KeptAccount>,
    pub access: Access,
    pub ours: bool,
    /// Of what begins a thread.
    pub title: Option<String>,
    /// Was the title given, or made of the text?
    pub titled: bool,
    pub locked: bool,
    pub removed_reason: Option<String>,
}

/// What follows from the parts of a new post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attached {
    /// Somebody is to be asked for leave to quote.
    pub(crate) ask: bool,
}

/// Writes the parts of a new post, in the transaction that makes it.
pub(crate) fn attach(
    app: &App,
    tx: &mut Tx<'_>,
    author: &accounts::Account,
    post: &Post,
    parts: &Parts,
    now: Time,
) -> Result<Attached> {
    if !parts.carried.is_empty() {
        attachments::set(app, tx, post, &parts.carried, now)?;
    }
    if let Some(poll) = &parts.poll {
        polls::attach(app, tx, post, poll, now)?;
    }
    if let Some(policy) = parts.quote_policy {
        quotes::set_policy(tx, post.id, policy)?;
    }
    if let Some(limits) = &parts.limits {
        interaction_limits::set(tx, post, Some(limits))?;
    }
    let ask = match &parts.quote {
        Some(quote) => crate::quotes::attach(app, tx, post, quote)?,
        None => false,
    };
    let domain = author.domain.as_deref().unwrap_or_default();
    custom_emojis::keep(app, tx, domain, &parts.emojis, now)?;
    crate::contexts::attach(app, tx, post, parts, now)?;
    crate::quotes::adopt(app, tx, post)?;
    Ok(Attached { ask })
}

/// A new post and its parts can be found from now on.
pub(crate) fn index(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    tags: &[String],
    parts: &Parts,
) -> Result<()> {
    let files = if parts.carried.is_empty() {
        Vec::new()
    } else {
        attachments::shown(tx, post.id)?
            .into_iter()
            .map(|file| (file.kind, file.description))
            .collect()
    };
    let choices: Vec<String> = parts
        .poll
        .iter()
        .flat_map(|poll| &poll.choices)
        .map(|(title, _)| title.clone())
        .collect();
    let written = search::Written {
        post,
        tags,
        files: &files,
        choices: &choices,
        poll: parts.poll.is_some(),
        quote: parts.quote.is_some(),
    };
    Ok(search::insert(
        tx,
        &written,
        app.settings.limits.search_words,
    )?)
}

/// The parts of a version that is about to be replaced.
pub(crate) struct Before {
    pub(crate) attachments: String,
    pub(crate) poll_options: Option<String>,
}

/// As a revision keeps them.
pub(crate) fn before(tx: &mut Tx<'_>, post: PostId) -> Result<Before> {
    let broken = |why: serde_json::Error| crate::Error::Broken(why.to_string());
    let files = attachments::shown(tx, post)?;
    let choices = kontor_store::polls::choices_of(tx, &[post])?;
    let titles: Vec<&str> = choices.iter().map(|choice| choice.title.as_str()).collect();
    Ok(Before {
        attachments: serde_json::to_string(&files).map_err(broken)?,
        poll_options: if titles.is_empty() {
            None
        } else {
            Some(serde_json::to_string(&titles).map_err(broken)?)
        },
    })
}

/// Writes what changed. `true`: it makes another version of the post.
pub(crate) fn change(
    app: &App,
    tx: &mut Tx<'_>,
    author: &accounts::Account,
    post: &Post,
    parts: &ChangedParts,
    now: Time,
) -> Result<bool> {
    let mut changed = false;
    if let Some(carried) = &parts.carried {
        changed |= attachments::set(app, tx, post, carried, now)?;
    }
    if let Some(poll) = &parts.poll {
        changed |= polls::replace(app, tx, post, poll.as_ref(), now)?;
    }
    if let Some(quote) = &parts.quote {
        changed |= crate::quotes::replace(app, tx, post, quote.as_ref())?;
    }
    if let Some(policy) = parts.quote_policy {
        quotes::set_policy(tx, post.id, policy)?;
    }
    if let Some(limits) = &parts.limits {
        interaction_limits::set(tx, post, limits.as_ref())?;
    }
    let domain = author.domain.as_deref().unwrap_or_default();
    custom_emojis::keep(app, tx, domain, &parts.emojis, now)?;
    Ok(changed)
}

/// What is shown inside a post that quotes it.
pub(super) fn quoted(quote: &Quote) -> Option<PostId> {
    quote
        .quoted_id
        .filter(|_| quote.state == QuoteState::Accepted)
}

/// Not everybody may read it who may read something here.
pub(crate) fn is_closed(post: &Post) -> bool {
    !post.audience.is_open() || post.removed_at.is_some()
}

/// The parts of these posts: one query a relation. What they quote is put into them when it is whole.
pub(super) fn load(
    db: &mut Conn,
    kept: Option<&Kept>,
    (viewer, now): (Viewer, Time),
    posts: &HashMap<PostId, Arc<KeptPost>>,
    people: &HashMap<kontor_domain::ids::AccountId, Arc<KeptAccount>>,
) -> Result<HashMap<PostId, Box<PartsView>>> {
    let mut views: HashMap<PostId, Box<PartsView>> = posts
        .iter()
        .map(|(id, own)| (*id, Box::new(PartsView::of(own, now))))
        .collect();
    let with = |what| posts.values().filter(move |own| own.has(what));
    let polls: Vec<_> = with(Has::Poll)
        .map(|own| (own.post.id, own.post.account_id))
        .collect();
    if !polls.is_empty() {
        for (post, poll) in polls::load(db, viewer.account(), &polls)? {
            if let Some(view) = views.get_mut(&post) {
                view.poll = Some(poll);
            }
        }
    }
    let quoted: Vec<PostId> = with(Has::Quotes).map(|own| own.post.id).collect();
    if !quoted.is_empty() {
        for (post, count) in quotes::counts(db, &quoted)? {
            if let Some(view) = views.get_mut(&post) {
                view.quotes_count = count;
            }
        }
    }
    let all: Vec<_> = posts.values().map(|own| (&own.post, own.policy)).collect();
    for (post, approval) in crate::quotes::approvals(db, viewer, &all)? {
        if let Some(view) = views.get_mut(&post) {
            view.approval = Some(approval);
        }
    }
    load_groups(db, kept, posts, &mut views)?;
    let linked: Vec<PostId> = with(Has::Card).map(|own| own.post.id).collect();
    if !linked.is_empty() {
        for (post, card) in cards::of_posts(db, &linked)? {
            if let Some(view) = views.get_mut(&post) {
                view.card = Some(card);
            }
        }
    }
    load_emojis(db, posts, people, &mut views)?;
    Ok(views)
}

impl PartsView {
    fn of(own: &KeptPost, now: Time) -> Self {
        Self {
            closed: is_closed(&own.post).then_some(now),
            attachments: own.attachments.clone(),
            quote: own.quote.clone().map(|quote| QuoteView {
                quoted: None,
                quote,
            }),
            context: own.context.clone(),
            ..Self::default()
        }
    }
}

fn load_groups(
    db: &mut Conn,
    kept: Option<&Kept>,
    posts: &HashMap<PostId, Arc<KeptPost>>,
    views: &mut HashMap<PostId, Box<PartsView>>,
) -> Result<()> {
    let inside: Vec<(PostId, kontor_domain::ids::AccountId)> = posts
        .values()
        .map(|own| &own.post)
        .filter(|post| post.reblog_of_id.is_none())
        .filter_map(|post| Some((post.id, post.community_id?)))
        .collect();
    if inside.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<_> = inside.iter().map(|(_, community)| *community).collect();
    ids.sort_unstable();
    ids.dedup();
    let known: HashMap<_, _> = communities::by_ids(db, &ids)?
        .into_iter()
        .map(|community| (community.account_id, community))
        .collect();
    let accounts = kept::accounts(db, kept, &ids)?;
    let posts: Vec<PostId> = inside.iter().map(|(post, _)| *post).collect();
    let mut rows: HashMap<_, _> = community_posts::of_posts(db, &posts)?
        .into_iter()
        .map(|row| (row.post_id, row))
        .collect();
    for (post, id) in inside {
        let (Some(community), Some(account)) = (known.get(&id), accounts.get(&id)) else {
            continue;
        };
        let row = rows.remove(&post);
        if let Some(view) = views.get_mut(&post) {
            view.group = Some(GroupView {
                account: account.clone(),
                access: community.access,
                ours: crate::communities::is_ours(community),
                titled: row.as_ref().is_some_and(|row| row.titled),
                locked: row.as_ref().is_some_and(|row| row.locked_at.is_some()),
                removed_reason: row.as_ref().and_then(|row| row.removed_reason.clone()),
                title: row.and_then(|row| row.title),
            });
        }
    }
    Ok(())
}

fn load_emojis(
    db: &mut Conn,
    posts: &HashMap<PostId, Arc<KeptPost>>,
    people: &HashMap<kontor_domain::ids::AccountId, Arc<KeptAccount>>,
    views: &mut HashMap<PostId, Box<PartsView>>,
) -> Result<()> {
    // Few texts name any, and none without a colon.
    let texts: Vec<(PostId, &str, Vec<&str>)> = posts
        .values()
        .filter_map(|own| {
            let post = &own.post;
            let poll = views.get(&post.id).and_then(|view| view.poll.as_ref());
            let choices = poll.iter().flat_map(|poll| &poll.choices);
            let texts: Vec<&str> = [post.content.as_str(), post.spoiler_text.as_str()]
                .into_iter()
                .chain(choices.map(|choice| choice.title.as_str()))
                .filter(|text| text.contains(':'))
                .collect();
            if texts.is_empty() {
                return None;
            }
            let domain = people
                .get(&post.account_id)
                .and_then(|author| author.domain.as_deref())
                .unwrap_or_default();
            Some((post.id, domain, texts))
        })
        .collect();
    for (post, emojis) in custom_emojis::load(db, &texts)? {
        if let Some(view) = views.get_mut(&post) {
            view.emojis = emojis;
        }
    }
    Ok(())
}
