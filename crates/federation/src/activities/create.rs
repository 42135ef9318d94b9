//! Create: somebody published a post.

use std::sync::Arc;

use kontor_actions::{
    App, Result,
    accounts::Account,
    posts::{self, Arrival, Beside, Created, PostView},
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, ActivityId, PostId},
    site::same_authority,
};
use kontor_store::{Tx, accounts, deliveries::Priority, posts::Post};

use super::{Activity, Context, Ending, Received, ignored, refused, vote};
use crate::{
    fetch::Memory,
    groups::{self, Came},
    inbox_job::{DONE, End},
    objects::{self, note::IncomingNote},
    outgoing::{Outgoing, Recipients, to_value},
    posts::Missing,
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let note = by_actor(context, activity).await?;
    keep(context, &note).await.map(drop)
}

/// The post, if it was here before.
pub(super) async fn keep(
    context: &Context<'_>,
    note: &IncomingNote,
) -> std::result::Result<Option<PostId>, Ending> {
    if note.is_vote() {
        return vote::receive(context, note).await.map(|()| None);
    }
    if groups::appealed(context, note).await? {
        return Ok(None);
    }
    let community = context.end.as_ref().and_then(|end| end.is_by_words_for());
    if let Some(community) = community {
        Box::pin(groups::bring(context, note, community)).await?;
    }
    let author = &context.actor;
    let new = context
        .federation
        .prepare(context.app, note, author, &context.budget)
        .await?;
    let beside = Arc::new(Ends::of(context, note));
    match posts::create_with(context.app, author.id, new, Arrival::Delivered, beside).await? {
        Created::New(_) => {
            context.ended();
            Ok(None)
        }
        Created::Known(id) => Ok(Some(id)),
        Created::Unwanted => ignored("nobody here has to do with it"),
    }
}

/// What is written with the post: what it leads to, and the end of its activity.
pub(super) struct Ends {
    missing: Missing,
    end: Option<Arc<End>>,
}

impl Ends {
    pub(super) fn of(context: &Context<'_>, note: &IncomingNote) -> Self {
        Self {
            missing: context.federation.missing(context.app, note, 1),
            end: context.end.clone(),
        }
    }
}

impl Beside for Ends {
    fn before(&self, app: &App, tx: &mut Tx<'_>, _author: &Account) -> Result<()> {
        self.end
            .as_ref()
            .map_or(Ok(()), |end| end.introduce(app, tx))
    }

    fn after(&self, app: &App, tx: &mut Tx<'_>) -> Result<()> {
        self.missing.ask(app, tx)?;
        self.end
            .as_ref()
            .map_or(Ok(()), |end| end.write(app, tx, DONE, Came::Now))
    }
}

/// The note of an activity, in its author's own words: embedded if it is on the signer's server, else fetched from its own.
/// Its author must be the actor.
pub(super) async fn by_actor(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<IncomingNote, Ending> {
    let Some(id) = activity.object_id() else {
        return refused("`object` has no `id`");
    };
    let embedded = activity.object.is_object() && same_authority(id, &context.actor.uri);
    let value = if embedded {
        activity.object.clone()
    } else {
        context
            .federation
            .document_at(context.app, id, Memory::Long, &context.budget)
            .await?
            .value
    };
    let note = IncomingNote::read(value)?;
    if !note.is_post() {
        let kind = note.kind.first().map_or("no type", String::as_str);
        return ignored(format!(
            "object of {}",
            kind.chars().take(40).collect::<String>()
        ));
    }
    if note.check()?.author != context.actor.uri {
        return refused("the actor is not the author");
    }
    Ok(note)
}

pub(crate) fn outgoing(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<Option<Outgoing>> {
    let Some(view) = local(app, tx, post)? else {
        return Ok(None);
    };
    let to = recipients(tx, &view)?;
    said(app, &view, to).map(Some)
}

/// The same, where it is known to whom.
pub(crate) fn outgoing_to(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    to: Recipients,
) -> Result<Option<Outgoing>> {
    by_author(app, tx, post.account_id, post.id)?
        .map(|view| said(app, &view, to))
        .transpose()
}

fn said(app: &App, view: &PostView, to: Recipients) -> Result<Outgoing> {
    let create = objects::note::create(app, view);
    Ok(Outgoing {
        id: ActivityId(app.id()),
        uri: create.id.clone(),
        sender: view.account.id,
        order: view.post.uri.clone(),
        post: Some(view.post.id),
        body: to_value(&objects::document(create))?,
        to,
    })
}

/// The post, if it is here and ours, as its author sees it.
pub(super) fn local(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<Option<PostView>> {
    match kontor_store::posts::author(tx, post)? {
        Some(author) => by_author(app, tx, author, post),
        None => Ok(None),
    }
}

fn by_author(
    app: &App,
    tx: &mut Tx<'_>,
    author: AccountId,
    post: PostId,
) -> Result<Option<PostView>> {
    let view = posts::load(tx, Viewer::Account(author), &[post], app.now())?.pop();
    Ok(view.filter(|view| view.post.local && view.account.suspended_at.is_none()))
}

pub(super) fn recipients(tx: &mut Tx<'_>, view: &PostView) -> Result<Recipients> {
    let mentioned: Vec<AccountId> = view.mentions.iter().map(|account| account.id).collect();
    readers(
        tx,
        view.account.id,
        view.post.audience,
        &mentioned,
        view.post.in_reply_to_account_id,
    )
}

/// Who gets a post, or hears that it is gone. What few may read goes to each of them alone and not to their server's shared
/// inbox; it is the personal one that peers take a stranger's message from.
pub(crate) fn readers(
    tx: &mut Tx<'_>,
    author: AccountId,
    audience: Audience,
    mentioned: &[AccountId],
    parent: Option<AccountId>,
) -> Result<Recipients> {
    let mut to = Recipients::default();
    if audience.is_closed_circle() {
        // What belongs to a community goes where the community is; what stays here, nowhere.
        return Ok(to);
    }
    let mut named = mentioned.to_vec();
    if audience.is_open() {
        named.extend(parent);
    }
    for account in accounts::by_ids(tx, &named)? {
        match audience {
            Audience::Direct => to.add_personal(&account, Priority::Direct),
            _ => to.add(&account, Priority::Direct),
        }
    }
    if audience != Audience::Direct {
        to.add_followers(tx, author)?;
    }
    Ok(to)
}

/// The account of ours that says something, unless it may not.
pub(crate) fn speaker(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<Account>> {
    Ok(accounts::by_id(tx, id)?
        .filter(|account| account.is_local() && account.suspended_at.is_none()))
}
