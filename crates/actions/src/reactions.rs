//! Emoji with which people answer a post: given and taken back, by people here and elsewhere.

use std::sync::Arc;

use kontor_domain::{
    audience::Viewer,
    event::{EndedReaction, Event},
    ids::{AccountId, ActivityId, PostId, ReactionId},
    reaction as emoji,
};
use kontor_store::{
    Tx,
    posts::Stub,
    reactions::{self, Reaction},
};

use crate::{
    App, Error, Result,
    communities::{self, Source},
    posts::{self, Beside, Named, Reacted},
    undone,
};

/// An emoji of Unicode, or a custom one with its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emoji {
    /// The emoji itself, or `name@host`.
    pub name: String,
    pub url: Option<String>,
}

/// Answers a post that `by` may read with an emoji. `uri` is the id of an activity from elsewhere, and `source` says by whose word it is
/// taken. Doing it again changes nothing.
pub async fn react(
    app: &App,
    by: AccountId,
    post: impl Into<Named>,
    emoji: Emoji,
    (uri, source): (Option<String>, Source),
) -> Result<PostId> {
    let (now, id, post) = (app.now(), ReactionId(app.id()), post.into());
    let this = app.clone();
    app.store
        .write(move |tx| {
            undone::check(tx, uri.as_deref(), by)?;
            let post = post.readable(tx, by)?;
            communities::may_take_part(&this, tx, (post.community_id, by), source)?;
            if reactions::of(tx, by, post.id, &emoji.name)?.is_some() {
                return Ok(post.id);
            }
            let most = this.settings.limits.post_reactions;
            if reactions::count_of(tx, by, post.id)? >= most {
                return Err(Error::invalid(
                    "emoji",
                    format!("is one more than the {most} that one person may give a post"),
                ));
            }
            let reaction = Reaction {
                id,
                uri: uri
                    .clone()
                    .unwrap_or_else(|| this.site.activity(ActivityId(id.0))),
                account_id: by,
                post_id: post.id,
                name: emoji.name.clone(),
                url: emoji.url.clone(),
                created_at: now,
            };
            if reactions::insert_if_new(tx, &reaction)? {
                this.record(
                    tx,
                    &Event::PostReacted {
                        reaction: id,
                        post: post.id,
                    },
                )?;
            }
            Ok(post.id)
        })
        .await
}

/// The same for a person here: one of Unicode's emoji, or a custom one that somebody has answered this post with.
pub async fn react_with(app: &App, by: AccountId, post: PostId, text: &str) -> Result<PostId> {
    let emoji = if emoji::is_emoji(text) {
        Emoji {
            name: text.to_owned(),
            url: None,
        }
    } else {
        let view = posts::get(app, Viewer::Account(by), post).await?;
        custom(&view.reactions, text)
            .map(|known| Emoji {
                name: known.name.clone(),
                url: known.url.clone(),
            })
            .ok_or_else(|| Error::invalid("emoji", "is neither an emoji nor one that is there"))?
    };
    react(app, by, post, emoji, (None, Source::Here)).await
}

/// By its whole name or, as clients show it, by the part before the host.
fn custom<'a>(reactions: &'a [Reacted], text: &str) -> Option<&'a Reacted> {
    let asked = text.trim_matches(':');
    reactions
        .iter()
        .filter(|one| one.url.is_some())
        .find(|one| one.name == asked || one.name.split('@').next() == Some(asked))
}

/// Takes an emoji back. `Ok` also when there was none.
pub async fn unreact(
    app: &App,
    by: AccountId,
    post: impl Into<Named>,
    name: String,
) -> Result<PostId> {
    let (post, _) = unreact_and(app, by, post, name, Arc::new(())).await?;
    Ok(post)
}

/// The same, with what else is written if there was one, and whether there was.
pub async fn unreact_and(
    app: &App,
    by: AccountId,
    post: impl Into<Named>,
    name: String,
    beside: Arc<dyn Beside>,
) -> Result<(PostId, bool)> {
    let (this, post) = (app.clone(), post.into());
    app.store
        .write(move |tx| {
            let post = post.stub(tx)?;
            let ended = match reactions::of(tx, by, post.id, &name)? {
                Some(reaction) => end(&this, tx, reaction, &post)?,
                None => false,
            };
            if ended {
                beside.after(&this, tx)?;
            }
            Ok((post.id, ended))
        })
        .await
}

/// The same by the word that a client has for it.
pub async fn unreact_with(app: &App, by: AccountId, post: PostId, text: &str) -> Result<PostId> {
    let view = posts::get(app, Viewer::Account(by), post).await?;
    let name = custom(&view.reactions, text).map_or(text, |known| known.name.as_str());
    unreact(app, by, post, name.to_owned()).await
}

/// Takes back the reaction with this id on the wire. What is not here is remembered, for it may still be on its way.
pub async fn undo(app: &App, by: AccountId, uri: String, beside: Arc<dyn Beside>) -> Result<bool> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let Some(reaction) = reactions::by_uri(tx, &uri)? else {
                undone::remember(tx, &uri, by, now)?;
                return Ok(false);
            };
            if reaction.account_id != by {
                return Err(Error::Forbidden("Only its owner takes a reaction back"));
            }
            let post = Named::Id(reaction.post_id).stub(tx)?;
            let ended = end(&this, tx, reaction, &post)?;
            if ended {
                beside.after(&this, tx)?;
            }
            Ok(ended)
        })
        .await
}

/// Its notification goes with the row. `false`: it was gone.
fn end(app: &App, tx: &mut Tx<'_>, reaction: Reaction, post: &Stub) -> Result<bool> {
    if !reactions::delete(tx, reaction.id)? {
        return Ok(false);
    }
    app.record(
        tx,
        &Event::ReactionUndone(EndedReaction {
            uri: reaction.uri,
            account: reaction.account_id,
            name: reaction.name,
            url: reaction.url,
            post: post.id,
            post_uri: post.uri.clone(),
            post_author: post.account_id,
        }),
    )?;
    Ok(true)
}

/// The reactions to a post, each with the accounts that gave it.
pub async fn of_post(
    app: &App,
    viewer: Viewer,
    id: PostId,
) -> Result<Vec<(Reacted, Vec<crate::accounts::Account>)>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let id = posts::shown_id(db, viewer, id)?;
            let view = posts::load(db, viewer, &[id], now)?
                .pop()
                .ok_or(Error::NotFound)?;
            let ids: Vec<AccountId> = view
                .reactions
                .iter()
                .flat_map(|one| one.by.clone())
                .collect();
            let people = crate::accounts::map(db, &ids)?;
            Ok(view
                .reactions
                .into_iter()
                .map(|one| {
                    let by = one.by.iter().filter_map(|id| people.get(id).cloned());
                    let by = by.collect();
                    (one, by)
                })
                .collect())
        })
        .await
}
