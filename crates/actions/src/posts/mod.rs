//! Posts: reading and showing them. Writing is in `compose` (what a local author typed), `create`, `edit` and `delete`.

mod compose;
mod context;
mod create;
mod delete;
mod edit;
mod named;
mod parts;
mod public;
mod standing;

use std::{collections::HashMap, sync::Arc};

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
    text::MentionTarget,
    time::Time,
};
pub use kontor_store::posts::{Post, Revision};
use kontor_store::{Conn, posts, timelines::Seen, versions::Has};

pub use compose::{
    ChangedExtras, ContentType, Draft, Extras, Text, publish, rewrite, rewrite_with,
};
pub(crate) use compose::{examine, publish_with};
pub use context::{Context, context, replies};
pub use create::{Arrival, Beside, Created, InGroup, NewPost, Parent, create, create_with};
pub(crate) use delete::erase;
pub use delete::{Files, delete, delete_by_uri, delete_by_uri_with};
pub use edit::{Revised, revise};
pub use named::Named;
pub use parts::{ChangedParts, GroupView, Parts, PartsView};
pub use public::by_address;
pub use standing::{Reacted, Standing, load};
pub(crate) use standing::{load_from, load_kept, load_seen};

use crate::{
    App, Asking, Error, Result,
    accounts::{self, Account},
    asking,
    filters::Caught,
    kept::{self, Kept, KeptAccount, KeptPost},
    peers,
};

/// A post with everything that is shown with it. It goes from hand to hand: what is large in it stays where it is.
#[derive(Debug, Clone)]
pub struct PostView {
    pub post: Arc<KeptPost>,
    pub account: Arc<KeptAccount>,
    /// Where its author went who lives on under another account.
    pub moved: Option<Box<Account>>,
    /// By account id.
    pub mentions: Vec<Arc<KeptAccount>>,
    pub parts: Box<PartsView>,
    /// Of a boost: what it boosts.
    pub boosted: Option<Box<PostView>>,
    pub standing: Standing,
    pub reactions: Vec<Reacted>,
    /// Are there any?
    pub(crate) reacted: bool,
    /// By filters of the viewer.
    pub caught: Vec<Caught>,
}

impl PostView {
    /// Its author says so, or an operator said so of all that its author posts.
    pub fn is_sensitive(&self) -> bool {
        self.post.sensitive || self.account.sensitized
    }
}

/// What is the own of these posts, and of those that they boost or quote, and their parts. `standing` loads the rest.
fn own(
    db: &mut Conn,
    kept: Option<&Kept>,
    (viewer, now): (Viewer, Time),
    wanted: Wanted<'_>,
) -> Result<HashMap<PostId, PostView>> {
    let found = with_quoted(db, kept, viewer, wanted)?;
    if found.is_empty() {
        return Ok(HashMap::new());
    }
    let mut people: Vec<AccountId> = found.values().map(|own| own.post.account_id).collect();
    people.extend(found.values().flat_map(|own| &own.mentions));
    people.sort_unstable();
    people.dedup();
    let people = kept::accounts(db, kept, &people)?;
    let moved = accounts::moved_in(db, people.values().map(|account| &***account))?;
    let mut parts = parts::load(db, kept, (viewer, now), &found, &people)?;
    let mut views = HashMap::with_capacity(found.len());
    for (id, own) in found {
        // The author is a row that the post refers to; it can only be missing if it went between two queries.
        let Some(account) = people.get(&own.post.account_id).cloned() else {
            continue;
        };
        let view = PostView {
            mentions: own
                .mentions
                .iter()
                .filter_map(|id| people.get(id).cloned())
                .collect(),
            parts: parts.remove(&id).unwrap_or_default(),
            moved: moved.get(&account.id).cloned().map(Box::new),
            account,
            reacted: own.has(Has::Reactions),
            post: own,
            boosted: None,
            standing: Standing::default(),
            reactions: Vec::new(),
            caught: Vec::new(),
        };
        views.insert(id, view);
    }
    Ok(views)
}

/// What is to be loaded.
#[derive(Debug, Clone, Copy)]
enum Wanted<'a> {
    Ids(&'a [PostId]),
    /// The same read has found that the viewer may read them, and of which version they are.
    Seen(&'a [Seen]),
}

type Found = HashMap<PostId, Arc<KeptPost>>;

fn add(
    db: &mut Conn,
    kept: Option<&Kept>,
    viewer: Viewer,
    (found, more): (&mut Found, Vec<PostId>),
) -> Result<()> {
    let mut more: Vec<PostId> = more
        .into_iter()
        .filter(|id| !found.contains_key(id))
        .collect();
    if !more.is_empty() {
        more.sort_unstable();
        more.dedup();
        let more = kept::posts(db, kept, viewer, &more)?;
        found.extend(more.into_iter().map(|own| (own.post.id, own)));
    }
    Ok(())
}

/// Those of these posts that the viewer may read, what they boost, and what those quote. What is quoted shows that it quotes something
/// itself, and not what: there is no end to quotes of quotes.
fn with_quoted(
    db: &mut Conn,
    kept: Option<&Kept>,
    viewer: Viewer,
    wanted: Wanted<'_>,
) -> Result<Found> {
    let mut found = Found::new();
    match wanted {
        Wanted::Ids(ids) => add(db, kept, viewer, (&mut found, ids.to_vec()))?,
        Wanted::Seen(seen) => {
            let first = kept::posts_seen(db, kept, viewer, seen)?;
            found.extend(first.into_iter().map(|own| (own.post.id, own)));
        }
    }
    let boosted = found
        .values()
        .filter_map(|own| own.post.reblog_of_id)
        .collect();
    add(db, kept, viewer, (&mut found, boosted))?;
    let quoted = found
        .values()
        .filter_map(|own| parts::quoted(own.quote.as_ref()?))
        .collect();
    add(db, kept, viewer, (&mut found, quoted))?;
    Ok(found)
}

pub async fn show(app: &App, viewer: Viewer, ids: Vec<PostId>) -> Result<Vec<PostView>> {
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| load_kept(db, &kept, viewer, &ids, now))
        .await
}

pub async fn get(app: &App, viewer: Viewer, id: PostId) -> Result<PostView> {
    let (_, view) = get_for(app, viewer.into(), id).await?;
    Ok(view)
}

pub async fn get_for(app: &App, asking: Asking, id: PostId) -> Result<(Viewer, PostView)> {
    let (now, kept) = (app.now(), app.kept.clone());
    asking::read(app, asking, move |db, viewer| {
        let mut found = load_kept(db, &kept, viewer, &[id], now)?;
        found.pop().ok_or(Error::NotFound)
    })
    .await
}

/// The post that is shown at an id: of a boost, what it boosts.
pub(crate) fn shown_id(db: &mut Conn, viewer: Viewer, id: PostId) -> Result<PostId> {
    let post = posts::by_id(db, viewer, id)?.ok_or(Error::NotFound)?;
    match post.reblog_of_id {
        Some(boosted) if posts::by_id(db, viewer, boosted)?.is_some() => Ok(boosted),
        Some(_) => Err(Error::NotFound),
        None => Ok(id),
    }
}

/// By its `ActivityPub` id.
pub async fn by_uri(app: &App, viewer: Viewer, uri: String) -> Result<Option<PostView>> {
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| {
            let Some(post) = posts::by_uri(db, viewer, &uri)? else {
                return Ok(None);
            };
            Ok(load_kept(db, &kept, viewer, &[post.id], now)?.pop())
        })
        .await
}

/// Was the address deleted? Then it answers 410 for good.
pub async fn was_deleted(app: &App, uri: String) -> Result<bool> {
    app.store
        .read(move |db| Ok(kontor_store::tombstones::deleted_at(db, &uri)?.is_some()))
        .await
}

/// The same for something by this author, whose own word counts too.
pub async fn was_deleted_by(app: &App, uri: String, author: AccountId) -> Result<bool> {
    app.store
        .read(move |db| Ok(kontor_store::tombstones::deleted_at_for(db, &uri, author)?.is_some()))
        .await
}

/// The versions of a post, oldest first, the one in force last. The post says who and what; a revision says how it was.
pub async fn history(app: &App, viewer: Viewer, id: PostId) -> Result<(PostView, Vec<Revision>)> {
    let now = app.now();
    app.store
        .read(move |db| {
            let id = shown_id(db, viewer, id)?;
            let view = load(db, viewer, &[id], now)?.pop().ok_or(Error::NotFound)?;
            let mut versions = posts::revisions(db, viewer, id)?;
            peers::sift(db, &view.account, &mut versions)?;
            versions.push(Revision {
                id: kontor_domain::ids::RevisionId(0),
                post_id: id,
                content: view.post.content.clone(),
                spoiler_text: view.post.spoiler_text.clone(),
                sensitive: view.post.sensitive,
                created_at: view.post.edited_at.unwrap_or(view.post.created_at),
                attachments: serde_json::to_string(&view.parts.attachments)
                    .map_err(|why| Error::Broken(why.to_string()))?,
                poll_options: match &view.parts.poll {
                    Some(poll) => {
                        let titles: Vec<&str> = poll
                            .choices
                            .iter()
                            .map(|choice| choice.title.as_str())
                            .collect();
                        Some(
                            serde_json::to_string(&titles)
                                .map_err(|why| Error::Broken(why.to_string()))?,
                        )
                    }
                    None => None,
                },
            });
            Ok((view, versions))
        })
        .await
}

/// How a mention of an account is linked.
pub(crate) fn mention_target(app: &App, account: &Account) -> MentionTarget {
    let domain = account.domain.as_deref().unwrap_or(app.site.domain());
    MentionTarget {
        url: account.url.clone(),
        username: account.username.clone(),
        full_acct: format!("{}@{domain}", account.username),
    }
}
