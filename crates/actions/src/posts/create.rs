//! A post comes into being: the one way, whether it was written here or arrived from another server.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kontor_domain::{
    account::AccountKind,
    audience::{Audience, Viewer},
    event::Event,
    ids::{AccountId, ApplicationId, PostId, TagId},
    interaction::Deed,
    time::{Time, Written},
};
use kontor_store::{
    Tx, accounts, follows, home, idempotency,
    posts::{self, Post},
    tag_days::{self, Step},
    threads, tombstones,
};

use super::{ContentType, Named, Parts, parts};
use crate::{App, Error, Result, cards, communities, effects, interaction_limits};

/// The post that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parent {
    Known(PostId),
    /// By its id on the wire; it may not be here (yet).
    Uri(String),
}

/// A post made ready: text rendered or sanitised, mentions looked up.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// `None`: ours, and named after its id.
    pub uri: Option<String>,
    pub url: Option<String>,
    pub content: String,
    pub text: String,
    pub content_type: ContentType,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub audience: Audience,
    pub parent: Option<Parent>,
    pub mentioned: Vec<AccountId>,
    /// Folded.
    pub tags: Vec<String>,
    /// `None`: now.
    pub published: Option<Written>,
    pub edited_at: Option<Time>,
    pub application: Option<ApplicationId>,
    pub idempotency_key: Option<String>,
    pub parts: Parts,
    pub group: InGroup,
}

/// What a post says of the community that it is for.
#[derive(Debug, Clone, Default)]
pub struct InGroup {
    /// Addresses of groups that it names, the likeliest first.
    pub addressed: Vec<String>,
    /// Does it say that it is for the first of them, and not only mention it?
    pub named: bool,
    /// The community elsewhere that passed it on.
    pub vouched: Option<AccountId>,
    pub title: Option<String>,
}

/// How a post came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// By its author, here.
    Written,
    /// Its server sent it: kept if somebody here has to do with it.
    Delivered,
    /// We asked for it.
    Fetched,
    /// We asked for it to complete a thread or a profile: nobody hears of it.
    Gathered,
    /// Its author takes back that they deleted it, and we asked for it: kept if it was here before, or as what is delivered. Whether
    /// it is theirs is for the caller to know.
    Returned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    New(PostId),
    /// It was here before: by address, or by idempotency key.
    Known(PostId),
    /// Nobody here follows the author, is mentioned or takes part in the thread.
    Unwanted,
}

/// Keys of the same person name the same post for so long.
const IDEMPOTENT_FOR: chrono::Duration = chrono::Duration::hours(1);

/// How often an id is drawn anew when it meets another.
const DRAWS: usize = 4;

/// What else is done in the transaction that makes a post, if it is a new one.
pub trait Beside: Send + Sync + 'static {
    /// Is the post to be taken for new until it turns out that it is not? Then its address is not looked for before it is written the
    /// first time: on PostgreSQL, who looks for an address and who writes the one beside it are in each other's way.
    fn is_news(&self) -> bool {
        false
    }

    /// The author as it is known there. An error ends all of it.
    fn before(&self, _app: &App, _tx: &mut Tx<'_>, _author: &accounts::Account) -> Result<()> {
        Ok(())
    }

    fn after(&self, app: &App, tx: &mut Tx<'_>) -> Result<()>;
}

/// Nothing.
impl Beside for () {
    fn after(&self, _app: &App, _tx: &mut Tx<'_>) -> Result<()> {
        Ok(())
    }
}

pub async fn create(app: &App, by: AccountId, new: NewPost, arrival: Arrival) -> Result<Created> {
    create_with(app, by, new, arrival, Arc::new(())).await
}

pub async fn create_with(
    app: &App,
    by: AccountId,
    new: NewPost,
    arrival: Arrival,
    beside: Arc<dyn Beside>,
) -> Result<Created> {
    let new = Arc::new(new);
    let mut drawn = 0;
    loop {
        drawn += 1;
        // What is written here has no address yet, and its key was never used but by who asks twice.
        let is_news = new.uri.is_none() || beside.is_news();
        let look = if drawn == 1 && app.store.is_postgres() && is_news {
            Look::Spared
        } else {
            Look::First
        };
        match try_create(app, by, new.clone(), (arrival, look), beside.clone()).await {
            // Two old posts drew the same id, or the same post arrived twice at once: the next try sees which.
            Err(Error::Internal(why)) if why.is_unique_violation() && drawn < DRAWS => {}
            // Whoever asks again for what is there may be refused what was done the first time: files are posted once.
            Err(why)
                if look == Look::Spared && new.idempotency_key.is_some() && !why.is_outage() => {}
            other => return other,
        }
    }
}

/// Is the address of a post, and the key of a wish to write one, looked for before it is written?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    First,
    /// The database says that it is taken, if it is: then the write is run once more, and looks.
    Spared,
}

impl Look {
    /// Only the first run is spared it.
    fn in_run(self, ran: &AtomicBool) -> Self {
        if ran.swap(true, Ordering::Relaxed) {
            Self::First
        } else {
            self
        }
    }
}

async fn try_create(
    app: &App,
    by: AccountId,
    new: Arc<NewPost>,
    (arrival, look): (Arrival, Look),
    beside: Arc<dyn Beside>,
) -> Result<Created> {
    let now = app.now();
    let id = PostId(match new.published {
        Some(published) => app.store.ids().at(published, now),
        None => app.id(),
    });
    let tags: Vec<(TagId, String)> = new
        .tags
        .iter()
        .map(|name| (TagId(app.id()), name.clone()))
        .collect();
    let (this, ran) = (app.clone(), AtomicBool::new(false));
    app.store
        .write_about(by, move |tx| {
            let look = look.in_run(&ran);
            let arrival = undeleted(tx, by, &new, arrival)?;
            if let Some(known) = known(tx, by, &new, look, now)? {
                return Ok(Created::Known(known));
            }
            let author = accounts::by_id(tx, by)?.ok_or(Error::NotFound)?;
            let parent = parent(tx, by, &new)?;
            if arrival == Arrival::Delivered && !wanted(tx, by, &new, parent.as_ref())? {
                return Ok(Created::Unwanted);
            }
            beside.before(&this, tx, &author)?;
            let place = communities::place(&this, tx, &author, &new, parent.as_ref(), arrival)?;
            let mut post = row(&this, id, &author, &new, parent.as_ref(), now);
            if let Some(place) = &place {
                place.mark(&mut post);
            }
            posts::insert(tx, &post)?;
            remember(tx, &new, look, (by, id, now))?;
            if let Some(parent) = &parent {
                threads::enter(tx, id, parent.id)?;
            }
            posts::add_mentions(tx, id, &new.mentioned)?;
            tag(tx, &post, &tags, now)?;
            count(tx, &post)?;
            adopt(tx, &post)?;
            communities::heard(&this, tx, &author, &post, parent.as_ref())?;
            let attached = parts::attach(&this, tx, &author, &post, &new.parts, now)?;
            parts::index(&this, tx, &post, &new.tags, &new.parts)?;
            if new.parts.quote.is_none() {
                cards::attach(&this, tx, &post, now)?;
            }
            if post.local && author.kind != AccountKind::Group {
                // What the author looks at next holds it already.
                home::add(tx, &[by], id)?;
            }
            let has = effects::Has {
                quote: new.parts.quote.is_some(),
                tags: !tags.is_empty(),
                mentions: &new.mentioned,
            };
            match arrival {
                Arrival::Gathered => {}
                Arrival::Written => effects::written(&this, tx, &author, &post, has)?,
                Arrival::Delivered | Arrival::Fetched | Arrival::Returned => {
                    effects::arrived(&this, tx, (&post, &author), has)?;
                }
            }
            if let Some(place) = &place {
                communities::settle(&this, tx, place, &post)?;
            }
            if attached.ask {
                this.record(tx, &Event::QuoteRequested { post: id })?;
            }
            beside.after(&this, tx)?;
            Ok(Created::New(id))
        })
        .await
}

/// The key of the wish, so that it makes one post however often it is sent.
fn remember(
    tx: &mut Tx<'_>,
    new: &NewPost,
    look: Look,
    (by, id, now): (AccountId, PostId, Time),
) -> Result<()> {
    let Some(key) = &new.idempotency_key else {
        return Ok(());
    };
    match look {
        Look::First => idempotency::insert(tx, by, key, id, now)?,
        Look::Spared => idempotency::insert_new(tx, by, key, id, now)?,
    }
    Ok(())
}

fn tag(tx: &mut Tx<'_>, post: &Post, tags: &[(TagId, String)], now: Time) -> Result<()> {
    posts::add_tags(tx, post.id, tags, now)?;
    if !tags.is_empty() && post.audience == Audience::Public {
        tag_days::count(tx, post.id, Step::Used)?;
    }
    Ok(())
}

fn count(tx: &mut Tx<'_>, post: &Post) -> Result<()> {
    // A direct message is nobody's business but its readers', and that there was one is not either.
    if post.audience != Audience::Direct {
        accounts::posted(tx, post.account_id, post.created_at)?;
    }
    match post.in_reply_to_id {
        Some(parent) if post.audience.counts_answers() => Ok(posts::count_replies(tx, parent, 1)?),
        _ => Ok(()),
    }
}

/// What comes back is deleted no more. If it was never here, and only said to be deleted, it comes as if for the first time.
fn undeleted(tx: &mut Tx<'_>, by: AccountId, new: &NewPost, arrival: Arrival) -> Result<Arrival> {
    let (Arrival::Returned, Some(uri)) = (arrival, &new.uri) else {
        return Ok(arrival);
    };
    let was_here = tombstones::deleted_at(tx, uri)?.is_some();
    tombstones::lift(tx, uri, by)?;
    Ok(if was_here {
        Arrival::Fetched
    } else {
        Arrival::Delivered
    })
}

fn known(
    tx: &mut Tx<'_>,
    by: AccountId,
    new: &NewPost,
    look: Look,
    now: Time,
) -> Result<Option<PostId>> {
    if let Some(key) = &new.idempotency_key
        && look == Look::First
        && let Some(post) = idempotency::find(tx, by, key, now - IDEMPOTENT_FOR)?
    {
        return Ok(Some(post));
    }
    let Some(uri) = &new.uri else { return Ok(None) };
    if tombstones::deleted_at_for(tx, uri, by)?.is_some() {
        return Err(Error::Gone);
    }
    if look == Look::Spared {
        return Ok(None);
    }
    match posts::stub_by_uri(tx, uri)? {
        Some(stub) if stub.account_id == by => Ok(Some(stub.id)),
        Some(_) => Err(Error::Forbidden("This address belongs to another author")),
        None => Ok(None),
    }
}

/// The parent, if it is here and the author may read it. A local author who names one that may not be read is told that there
/// is none; a remote post stands without its parent then.
fn parent(tx: &mut Tx<'_>, by: AccountId, new: &NewPost) -> Result<Option<Post>> {
    match &new.parent {
        None => Ok(None),
        Some(Parent::Known(id)) => {
            let parent = Named::Id(*id).readable(tx, by)?;
            interaction_limits::check(tx, by, &parent, Deed::Answer)?;
            Ok(Some(parent))
        }
        // Who its members are is known to its own server alone, which says that the author is one.
        Some(Parent::Uri(uri)) => {
            let reader = Viewer::Account(new.group.vouched.unwrap_or(by));
            let parent = match posts::by_uri(tx, reader, uri)? {
                None => removed_parent(tx, new.group.vouched, uri)?,
                found => found,
            };
            Ok(parent.filter(|parent| parent.reblog_of_id.is_none()))
        }
    }
}

/// One that moderators took away, perhaps after it was answered: where the answer stands does not depend on which was heard of first.
fn removed_parent(tx: &mut Tx<'_>, vouched: Option<AccountId>, uri: &str) -> Result<Option<Post>> {
    let Some(stub) = posts::stub_by_uri(tx, uri)?.filter(|stub| stub.removed_at.is_some()) else {
        return Ok(None);
    };
    let inside = vouched.is_some() && stub.community_id == vouched;
    if !stub.audience.is_open() && !inside {
        return Ok(None);
    }
    Ok(posts::by_id(tx, Viewer::Account(stub.account_id), stub.id)?)
}

/// Has anybody here to do with it?
fn wanted(tx: &mut Tx<'_>, by: AccountId, new: &NewPost, parent: Option<&Post>) -> Result<bool> {
    let passed_on_to_us = match new.group.vouched {
        Some(group) => follows::any_local_follower(tx, group)?,
        None => false,
    };
    if parent.is_some() || passed_on_to_us || follows::any_local_follower(tx, by)? {
        return Ok(true);
    }
    if !new.group.addressed.is_empty() {
        // Lemmy names the community and mentions nobody.
        let addressed: Vec<&str> = new.group.addressed.iter().map(String::as_str).collect();
        for (id, _) in kontor_store::communities::groups_by_uris(tx, &addressed)? {
            if kontor_store::communities::by_id(tx, id)?
                .is_some_and(|community| communities::is_ours(&community))
            {
                return Ok(true);
            }
        }
    }
    Ok(accounts::by_ids(tx, &new.mentioned)?
        .iter()
        .any(accounts::Account::is_local))
}

fn row(
    app: &App,
    id: PostId,
    author: &accounts::Account,
    new: &NewPost,
    parent: Option<&Post>,
    now: Time,
) -> Post {
    let to_self = parent.is_none_or(|parent| parent.account_id == author.id);
    let unknown_parent = match &new.parent {
        Some(Parent::Uri(uri)) if parent.is_none() => Some(uri.clone()),
        _ => None,
    };
    Post {
        id,
        uri: new.uri.clone().unwrap_or_else(|| app.site.post(id)),
        url: new
            .url
            .clone()
            .or_else(|| new.uri.clone())
            .unwrap_or_else(|| app.site.post_page(&author.username, id)),
        account_id: author.id,
        application_id: new.application,
        local: author.is_local(),
        audience: new.audience,
        listed: new.audience == Audience::Public && to_self && unknown_parent.is_none(),
        in_reply_to_id: parent.map(|parent| parent.id),
        in_reply_to_account_id: parent.map(|parent| parent.account_id),
        in_reply_to_uri: unknown_parent,
        content: new.content.clone(),
        text: new.text.clone(),
        content_type: new.content_type.as_str().to_owned(),
        spoiler_text: new.spoiler_text.clone(),
        sensitive: new.sensitive,
        language: new.language.clone(),
        replies_count: 0,
        created_at: new.published.map_or(now, |made| made.at.min(now)),
        edited_at: new.edited_at,
        reblog_of_id: None,
        reblog_of_account_id: None,
        reblogs_count: 0,
        favourites_count: 0,
        community_id: None,
        removed_at: None,
    }
}

/// Answers that came before this post find their parent now, if their authors may read it. What is written here had no address that
/// anybody could answer.
fn adopt(tx: &mut Tx<'_>, post: &Post) -> Result<()> {
    if post.local {
        return Ok(());
    }
    for orphan in posts::orphans_of(tx, &post.uri)? {
        if posts::by_id(tx, Viewer::Account(orphan.account_id), post.id)?.is_none() {
            continue;
        }
        posts::adopt(tx, orphan.id, post.id, post.account_id)?;
        threads::rejoin(tx, orphan.id, post.id)?;
        if orphan.audience.counts_answers() && orphan.removed_at.is_none() {
            posts::count_replies(tx, post.id, 1)?;
        }
    }
    Ok(())
}
