//! Looking for people and posts: by name, by handle, by address.

use kontor_domain::{
    audience::Viewer,
    follow::FollowState,
    ids::{AccountId, PostId},
    search::{self, Author, Search, Term, Unreadable},
    text::{self, Handle, hashtag},
};
use kontor_store::{Conn, accounts, posts, search as store, tags};
use url::Url;

use crate::{
    App, Error, Found, Result, accounts::Account, communities, posts::PostView, tags::TagView,
};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Accounts,
    Posts,
    Tags,
}

#[derive(Debug, Clone, Default)]
pub struct Query {
    pub text: String,
    /// `None`: all of it.
    pub kind: Option<Kind>,
    /// Ask other servers for a handle or an address that is not known here.
    pub resolve: bool,
    /// Accounts that the reader follows, and no others.
    pub following: bool,
    /// Posts by this account, and within these bounds.
    pub by: Option<AccountId>,
    pub above: Option<PostId>,
    pub below: Option<PostId>,
    pub limit: i64,
    pub offset: i64,
}

impl Query {
    fn wants(&self, kind: Kind) -> bool {
        self.kind.is_none_or(|only| only == kind)
    }
}

#[derive(Debug, Clone, Default)]
pub struct Results {
    pub accounts: Vec<Account>,
    pub posts: Vec<PostView>,
    pub tags: Vec<TagView>,
}

/// An address finds what stands there and nothing else; a whole handle finds its account first; other text is matched with the
/// words of names and posts and the beginnings of hashtags. What cannot be found is no error.
pub async fn search(app: &App, viewer: Viewer, query: Query) -> Result<Results> {
    let text = query.text.trim().to_owned();
    let most = app.settings.limits.search_offset;
    if query.offset > most {
        return Err(Error::invalid("offset", format!("is more than {most}")));
    }
    if text.is_empty() {
        return Ok(Results::default());
    }
    if let Ok(url) = Url::parse(&text)
        && matches!(url.scheme(), "http" | "https")
    {
        let mut results = by_url(app, viewer, &url, query.resolve).await?;
        narrow(app, viewer, &query, &mut results).await?;
        results.accounts = communities::known_to(app, viewer, results.accounts).await?;
        return Ok(results);
    }
    let mut results = by_text(app, viewer, text.clone(), query.clone()).await?;
    if query.offset == 0
        && query.wants(Kind::Accounts)
        && let Some(id) = by_handle(app, &text, query.resolve).await?
        && (!query.following || follows(app, viewer, id).await?)
    {
        results.accounts.retain(|account| account.id != id);
        results
            .accounts
            .insert(0, crate::accounts::get(app, id).await?);
        results
            .accounts
            .truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
    }
    results.accounts = communities::known_to(app, viewer, results.accounts).await?;
    Ok(results)
}

/// The account that a whole handle names.
pub(crate) async fn by_handle(app: &App, text: &str, resolve: bool) -> Result<Option<AccountId>> {
    let Ok(handle) = Handle::parse(text) else {
        return Ok(None);
    };
    if handle.domain.is_none() && !text.starts_with(['@', '!']) {
        return Ok(None);
    }
    Ok(if resolve {
        quietly(crate::accounts::resolve_fresh(app, &handle).await)
    } else {
        crate::accounts::lookup(app, &handle)
            .await
            .ok()
            .map(|account| account.id)
    })
}

/// Of what stands at an address, what was asked for.
async fn narrow(app: &App, viewer: Viewer, query: &Query, results: &mut Results) -> Result<()> {
    if !query.wants(Kind::Accounts) {
        results.accounts.clear();
    }
    if query.following
        && let Some(account) = results.accounts.first()
        && !follows(app, viewer, account.id).await?
    {
        results.accounts.clear();
    }
    results.posts.retain(|view| {
        query.wants(Kind::Posts)
            && query.by.is_none_or(|author| view.post.account_id == author)
            && query.below.is_none_or(|max| view.post.id < max)
            && query.above.is_none_or(|min| view.post.id > min)
    });
    Ok(())
}

async fn follows(app: &App, viewer: Viewer, id: AccountId) -> Result<bool> {
    let Some(by) = viewer.account() else {
        return Ok(false);
    };
    let relationships = crate::follows::relationships(app, by, vec![id]).await?;
    Ok(relationships.iter().any(|relationship| {
        relationship
            .out
            .as_ref()
            .is_some_and(|follow| follow.state == FollowState::Accepted)
    }))
}

/// A server that does not answer, or answers nonsense, has nothing to be found.
fn quietly<T>(found: Result<Option<T>>) -> Option<T> {
    found.unwrap_or_else(|why| {
        tracing::debug!(error = %why, "nothing was found at another server");
        None
    })
}

async fn by_text(app: &App, viewer: Viewer, text: String, query: Query) -> Result<Results> {
    let (now, kept) = (app.now(), app.kept.clone());
    let this = app.clone();
    app.store
        .read(move |db| {
            let mut results = Results::default();
            if query.wants(Kind::Accounts) && !text.starts_with('#') {
                results.accounts = people(&this, db, viewer, &text, &query)?;
            }
            if query.wants(Kind::Tags) && !text.starts_with(['@', '!']) {
                let tag = hashtag::fold(text.trim_start_matches('#'));
                let names = tags::search(db, viewer, &tag, query.limit, query.offset)?;
                results.tags = crate::tags::load(db, viewer.account(), &names, now)?;
            }
            if query.wants(Kind::Posts)
                && let Some(reader) = viewer.account()
                && let Some(wanted) = wanted(&this, db, reader, &text, &query)?
            {
                let ids = store::posts(db, reader, &wanted, now)?;
                results.posts = crate::posts::load_kept(db, &kept, viewer, &ids, now)?;
            }
            Ok(results)
        })
        .await
}

/// Each word is the beginning of one of the account's.
fn people(
    app: &App,
    db: &mut Conn,
    viewer: Viewer,
    text: &str,
    query: &Query,
) -> Result<Vec<Account>> {
    let named: Vec<Term> = text
        .split_whitespace()
        .filter_map(text::beginning)
        .map(Term::Words)
        .collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    bounded(app, &named, 0)?;
    let people = store::People {
        named,
        followed: query.following,
        limit: query.limit,
        offset: query.offset,
    };
    Ok(store::people(db, viewer, &people)?)
}

/// So many words at most; an author counts as one.
fn bounded<'a>(app: &App, terms: impl IntoIterator<Item = &'a Term>, authors: usize) -> Result<()> {
    let most = app.settings.limits.search_terms;
    let words: usize = terms
        .into_iter()
        .map(|term| match term {
            Term::Words(phrase) => phrase.words.len(),
            Term::Mark(_) => 1,
        })
        .sum();
    if words + authors > most {
        return Err(Error::invalid("q", format!("has more than {most} words")));
    }
    Ok(())
}

/// What a reader typed, as the index is asked. `None`: nothing that could be found.
fn wanted(
    app: &App,
    db: &mut Conn,
    reader: AccountId,
    text: &str,
    query: &Query,
) -> Result<Option<store::Wanted>> {
    let typed = search::read(text).map_err(|Unreadable(why)| Error::invalid("q", why))?;
    if typed.is_empty() {
        return Ok(None);
    }
    let (from, until) = typed.ids();
    let Search {
        mut all,
        mut none,
        by,
        not_by,
        place,
        ..
    } = typed;
    bounded(app, all.iter().chain(&none), by.len() + not_by.len())?;
    for author in by {
        let Some(id) = author_id(app, db, reader, &author)? else {
            return Ok(None);
        };
        all.push(Term::Mark(search::by(id)));
    }
    for author in not_by {
        if let Some(id) = author_id(app, db, reader, &author)? {
            none.push(Term::Mark(search::by(id)));
        }
    }
    all.extend(query.by.map(|id| Term::Mark(search::by(id))));
    Ok(Some(store::Wanted {
        all,
        none,
        place,
        above: query.above.map_or(from, |id| id.0.max(from)),
        below: query.below.map_or(until, |id| id.0.min(until)),
        most: app.settings.limits.search_matches,
        limit: query.limit,
        offset: query.offset,
    }))
}

fn author_id(
    app: &App,
    db: &mut Conn,
    reader: AccountId,
    author: &Author,
) -> Result<Option<AccountId>> {
    Ok(match author {
        Author::Me => Some(reader),
        Author::Nobody => None,
        Author::Named(handle) => accounts::by_handle(db, &crate::accounts::local_key(app, handle))?
            .map(|account| account.id),
    })
}

pub(crate) async fn by_url(app: &App, viewer: Viewer, url: &Url, resolve: bool) -> Result<Results> {
    let mut found = known(app, viewer, url.to_string()).await?;
    if found.is_none() && resolve && !app.site.owns(url) {
        found = quietly(app.remote.resolve_url(app, url).await);
    }
    Ok(match found {
        Some(Found::Account(id)) => Results {
            accounts: vec![crate::accounts::get(app, id).await?],
            ..Results::default()
        },
        Some(Found::Post(id)) => Results {
            posts: crate::posts::show(app, viewer, vec![id]).await?,
            ..Results::default()
        },
        None => Results::default(),
    })
}

async fn known(app: &App, viewer: Viewer, url: String) -> Result<Option<Found>> {
    let site = app.site.clone();
    app.store
        .read(move |db| {
            if let Some(post) = posts::by_url(db, viewer, &url)? {
                return Ok(Some(Found::Post(post.id)));
            }
            if let Some(account) = accounts::by_url(db, &url)? {
                return Ok(Some(Found::Account(account.id)));
            }
            // A page of ours by another spelling: `/@name/id`.
            let tail = url
                .strip_prefix(&site.url("/@"))
                .and_then(|rest| rest.split_once('/'));
            let id: Option<PostId> = tail.and_then(|(_, id)| id.parse().ok());
            let Some(id) = id else { return Ok(None) };
            Ok(posts::by_id(db, viewer, id)?.map(|post| Found::Post(post.id)))
        })
        .await
}
