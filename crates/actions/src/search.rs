//! Looking for people and posts: by name, by handle, by address.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
    text::Handle,
};
use kontor_store::{accounts, posts, tags};
use url::Url;

use crate::{App, Found, Result, accounts::Account, posts::PostView, tags::TagView};

#[derive(Debug, Clone)]
pub struct Query {
    pub text: String,
    /// Ask other servers for a handle or an address that is not known here.
    pub resolve: bool,
    pub limit: i64,
    pub offset: i64,
}

#[derive(Debug, Clone, Default)]
pub struct Results {
    pub accounts: Vec<Account>,
    pub posts: Vec<PostView>,
    pub tags: Vec<TagView>,
}

/// An address finds what stands there and nothing else; a whole handle finds its account first; other text is matched with the
/// beginnings of names and hashtags. What cannot be found is no error.
pub async fn search(app: &App, viewer: Viewer, query: Query) -> Result<Results> {
    let text = query.text.trim().to_owned();
    if text.is_empty() {
        return Ok(Results::default());
    }
    if let Ok(url) = Url::parse(&text)
        && matches!(url.scheme(), "http" | "https")
    {
        return by_url(app, viewer, &url, query.resolve).await;
    }
    let mut results = by_text(app, viewer, text.clone(), query.limit, query.offset).await?;
    if query.offset == 0
        && let Ok(handle) = Handle::parse(&text)
        && (handle.domain.is_some() || text.starts_with('@'))
    {
        let exact = if query.resolve {
            quietly(crate::accounts::resolve_fresh(app, &handle).await)
        } else {
            crate::accounts::lookup(app, &handle)
                .await
                .ok()
                .map(|account| account.id)
        };
        if let Some(id) = exact {
            results.accounts.retain(|account| account.id != id);
            results
                .accounts
                .insert(0, crate::accounts::get(app, id).await?);
            results
                .accounts
                .truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        }
    }
    Ok(results)
}

/// A server that does not answer, or answers nonsense, has nothing to be found.
fn quietly<T>(found: Result<Option<T>>) -> Option<T> {
    found.unwrap_or_else(|why| {
        tracing::debug!(error = %why, "nothing was found at another server");
        None
    })
}

async fn by_text(
    app: &App,
    viewer: Viewer,
    text: String,
    limit: i64,
    offset: i64,
) -> Result<Results> {
    let now = app.now();
    app.store
        .read(move |db| {
            let name = text.trim_start_matches(['@', '#']).to_owned();
            let tag = kontor_domain::text::hashtag::fold(&name);
            Ok(Results {
                accounts: if text.starts_with('#') {
                    Vec::new()
                } else {
                    accounts::search(db, viewer, &name, limit, offset)?
                },
                posts: Vec::new(),
                tags: if text.starts_with('@') {
                    Vec::new()
                } else {
                    let names = tags::search(db, viewer, &tag, limit, offset)?;
                    crate::tags::load(db, viewer.account(), &names, now)?
                },
            })
        })
        .await
}

async fn by_url(app: &App, viewer: Viewer, url: &Url, resolve: bool) -> Result<Results> {
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

/// People here or known here, for the search of accounts alone.
pub async fn people(
    app: &App,
    viewer: Viewer,
    text: String,
    limit: i64,
    offset: i64,
) -> Result<Vec<Account>> {
    let name = text.trim().trim_start_matches('@').to_owned();
    app.store
        .read(move |db| Ok(accounts::search(db, viewer, &name, limit, offset)?))
        .await
}

/// Of `accounts`, those that `by` follows.
pub async fn only_followed(
    app: &App,
    by: AccountId,
    accounts: Vec<Account>,
) -> Result<Vec<Account>> {
    let ids = accounts.iter().map(|account| account.id).collect();
    let relationships = crate::follows::relationships(app, by, ids).await?;
    let followed: Vec<AccountId> = relationships
        .iter()
        .filter(|relationship| {
            relationship
                .out
                .as_ref()
                .is_some_and(|follow| follow.state == kontor_domain::follow::FollowState::Accepted)
        })
        .map(|relationship| relationship.target)
        .collect();
    Ok(accounts
        .into_iter()
        .filter(|account| followed.contains(&account.id))
        .collect())
}
