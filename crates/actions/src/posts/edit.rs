//! A post changes: the version before is kept.

use kontor_domain::{
    event::Event,
    ids::{AccountId, PostId, RevisionId, TagId},
    time::Time,
};
use kontor_store::{
    Tx,
    posts::{self, Edit, Post, Revision},
    search,
    tag_days::{self, Step},
};

use super::{ChangedParts, ContentType, parts};
use crate::{
    App, Error, Result, cards,
    communities::{self, Source},
};

/// What a post says from now on.
#[derive(Debug, Clone)]
pub struct Revised {
    pub content: String,
    pub text: String,
    pub content_type: ContentType,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub mentioned: Vec<AccountId>,
    pub tags: Vec<String>,
    pub edited_at: Time,
    pub parts: ChangedParts,
}

/// `source`: by whose word. `false`: nothing changed, or a later version is in force already.
pub async fn revise(
    app: &App,
    by: AccountId,
    id: PostId,
    revised: Revised,
    source: Source,
) -> Result<bool> {
    let now = app.now();
    let revision = RevisionId(app.id());
    let tags: Vec<(TagId, String)> = revised
        .tags
        .iter()
        .map(|name| (TagId(app.id()), name.clone()))
        .collect();
    let this = app.clone();
    app.store
        .write(move |tx| {
            let viewer = kontor_domain::audience::Viewer::Account(by);
            let post = posts::by_id(tx, viewer, id)?
                .filter(|post| post.account_id == by && post.reblog_of_id.is_none())
                .ok_or(Error::NotFound)?;
            let in_force_since = post.edited_at.unwrap_or(post.created_at);
            let edited_at = revised.edited_at.min(now);
            let same = says_the_same(&post, &revised);
            // Ours are ordered by this transaction; those of others by their clock.
            if !post.local && edited_at < in_force_since {
                return Ok(false);
            }
            let before = parts::before(tx, id)?;
            let author = kontor_store::accounts::by_id(tx, by)?.ok_or(Error::NotFound)?;
            let other_policy = policy_changes(tx, &post, &revised)?;
            let title = revised.parts.title.as_deref();
            let other_parts = parts::change(&this, tx, &author, &post, &revised.parts, now)?
                || communities::is_retitled(&this, tx, id, title)?;
            if same && !other_parts {
                if other_policy {
                    this.record(tx, &Event::PolicyChanged { post: id })?;
                }
                return Ok(false);
            }
            communities::may_change(&this, tx, (post.community_id, by), source)?;
            posts::insert_revision(
                tx,
                &Revision {
                    id: revision,
                    post_id: id,
                    content: post.content,
                    spoiler_text: post.spoiler_text,
                    sensitive: post.sensitive,
                    created_at: in_force_since,
                    attachments: before.attachments,
                    poll_options: before.poll_options,
                },
            )?;
            posts::edit(
                tx,
                id,
                &Edit {
                    content: revised.content.clone(),
                    text: revised.text.clone(),
                    content_type: revised.content_type.as_str().to_owned(),
                    spoiler_text: revised.spoiler_text.clone(),
                    sensitive: revised.sensitive,
                    language: revised.language.clone(),
                    edited_at: Some(edited_at),
                },
            )?;
            posts::set_mentions(tx, id, &revised.mentioned)?;
            tag_days::count(tx, id, Step::Unused)?;
            posts::set_tags(tx, id, &tags, now)?;
            tag_days::count(tx, id, Step::Used)?;
            let post = posts::by_id(tx, viewer, id)?.ok_or(Error::NotFound)?;
            communities::retitle(&this, tx, &post, title)?;
            if kontor_store::quotes::of_posts(tx, &[id])?.is_empty() {
                cards::attach(&this, tx, &post, now)?;
            } else {
                cards::detach(tx, id)?;
            }
            search::reindex(tx, &[id], this.settings.limits.search_words)?;
            this.record(tx, &Event::PostEdited { post: id })?;
            Ok(true)
        })
        .await
}

fn says_the_same(post: &Post, revised: &Revised) -> bool {
    post.content == revised.content
        && post.spoiler_text == revised.spoiler_text
        && post.sensitive == revised.sensitive
        && post.language == revised.language
        && post.text == revised.text
}

/// Does the author of a post of ours say something else than before of who may quote it?
fn policy_changes(tx: &mut Tx<'_>, post: &Post, revised: &Revised) -> Result<bool> {
    let Some(new) = revised.parts.quote_policy.filter(|_| post.local) else {
        return Ok(false);
    };
    let before = kontor_store::quotes::policies(tx, &[post.id])?.pop();
    Ok(before.is_none_or(|(_, before)| before != new))
}
