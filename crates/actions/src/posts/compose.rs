//! From what a local author typed to a post: limits, mentions looked up, text rendered. All of it before the transaction.

use std::sync::Arc;

use futures_util::future::join_all;
use kontor_domain::{
    account::AccountKind,
    audience::{Audience, Viewer},
    ids::{AccountId, ApplicationId, PostId},
    interaction::Deed,
    quote::{Policy, QuotePolicy},
    text::{self, Resolver, count_characters},
};

use super::{
    Arrival, Beside, ChangedParts, Created, InGroup, Named, NewPost, Parent, Parts, Revised,
    create_with, mention_target, revise,
};
use crate::{
    App, Error, Result, accounts,
    attachments::{Carried, Upload},
    communities::Source,
    interaction_limits, polls, quotes,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContentType {
    #[default]
    Plain,
    Markdown,
}

impl ContentType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "text/plain",
            Self::Markdown => "text/markdown",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "text/plain" => Some(Self::Plain),
            "text/markdown" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// What an author typed, and how it is to be read.
#[derive(Debug, Clone, Default)]
pub struct Text {
    pub text: String,
    pub content_type: ContentType,
    pub spoiler_text: String,
    pub sensitive: bool,
    /// Any spelling; what is no language is an error.
    pub language: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Draft {
    pub text: Text,
    pub audience: Audience,
    pub in_reply_to: Option<PostId>,
    pub idempotency_key: Option<String>,
    pub application: Option<ApplicationId>,
    pub extras: Extras,
}

/// What an author adds to the text.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    pub uploads: Vec<Upload>,
    pub poll: Option<polls::Wish>,
    pub quoted: Option<PostId>,
    /// `None`: as is usual for its audience.
    pub quote_policy: Option<QuotePolicy>,
    /// Who may quote it when its author allows it.
    pub quote_review: Option<QuotePolicy>,
    /// Of a thread in a community; `None`: its first line.
    pub title: Option<String>,
}

/// What an author changes beside the text; `None`: nothing.
#[derive(Debug, Clone, Default)]
pub struct ChangedExtras {
    pub uploads: Option<Vec<Upload>>,
    /// `Some(None)`: it has one no longer.
    pub poll: Option<Option<polls::Wish>>,
    pub quote_policy: Option<QuotePolicy>,
    /// Of a thread of a community.
    pub title: Option<String>,
}

/// A text made ready.
struct Rendered {
    html: String,
    text: Text,
    mentioned: Vec<AccountId>,
    /// Addresses of the groups among them.
    groups: Vec<String>,
    tags: Vec<String>,
}

/// Publishes a post by a local author.
pub async fn publish(app: &App, by: AccountId, draft: Draft) -> Result<PostId> {
    publish_with(app, by, draft, Arc::new(())).await
}

/// The same, and something else in its transaction.
pub(crate) async fn publish_with(
    app: &App,
    by: AccountId,
    draft: Draft,
    beside: Arc<dyn Beside>,
) -> Result<PostId> {
    let new = made_ready(app, by, draft).await?;
    match create_with(app, by, new, Arrival::Written, beside).await? {
        Created::New(id) | Created::Known(id) => Ok(id),
        // Only what arrives from elsewhere can be turned away so.
        Created::Unwanted => Err(Error::NotFound),
    }
}

/// Could it be published now?
pub(crate) async fn examine(app: &App, by: AccountId, draft: Draft) -> Result<()> {
    if let Some(parent) = draft.in_reply_to {
        app.store
            .read(move |db| {
                let parent = Named::Id(parent).readable(db, by)?;
                interaction_limits::check(db, by, &parent, Deed::Answer)
            })
            .await?;
    }
    made_ready(app, by, draft).await.map(drop)
}

async fn made_ready(app: &App, by: AccountId, draft: Draft) -> Result<NewPost> {
    let blank = if draft.extras.uploads.is_empty() && draft.extras.quoted.is_none() {
        Blank::Refused
    } else {
        Blank::Allowed
    };
    let rendered = render(app, draft.text, blank).await?;
    let title = draft.extras.title.clone();
    let parts = extras(app, by, draft.extras).await?;
    Ok(NewPost {
        uri: None,
        url: None,
        content: rendered.html,
        text: rendered.text.text,
        content_type: rendered.text.content_type,
        spoiler_text: rendered.text.spoiler_text,
        sensitive: rendered.text.sensitive,
        language: rendered.text.language,
        audience: draft.audience,
        parent: draft.in_reply_to.map(Parent::Known),
        mentioned: rendered.mentioned,
        tags: rendered.tags,
        published: None,
        edited_at: None,
        application: draft.application,
        idempotency_key: draft.idempotency_key,
        parts,
        group: InGroup {
            named: title.is_some(),
            addressed: rendered.groups,
            vouched: None,
            title,
        },
    })
}

/// Replaces the text of a post by its local author. An edit that changes nothing makes no new version.
pub async fn rewrite(app: &App, by: AccountId, id: PostId, text: Text) -> Result<()> {
    rewrite_with(app, by, id, text, ChangedExtras::default()).await
}

/// The same for more than the text.
pub async fn rewrite_with(
    app: &App,
    by: AccountId,
    id: PostId,
    text: Text,
    extras: ChangedExtras,
) -> Result<()> {
    // Before anything is looked up for it: is there such a post, and is it theirs?
    let view = super::get(app, Viewer::Account(by), id).await?;
    if view.post.account_id != by || view.post.reblog_of_id.is_some() {
        return Err(Error::NotFound);
    }
    let begins = view
        .parts
        .group
        .as_ref()
        .is_some_and(|group| group.title.is_some());
    if extras.title.is_some() && !begins {
        return Err(Error::invalid(
            "title",
            "is for what begins a thread in a community",
        ));
    }
    let carries = match &extras.uploads {
        Some(uploads) => !uploads.is_empty(),
        None => !view.parts.attachments.is_empty(),
    };
    let blank = if carries || view.parts.quote.is_some() {
        Blank::Allowed
    } else {
        Blank::Refused
    };
    if carries && matches!(extras.poll, Some(Some(_))) {
        return Err(poll_beside_files());
    }
    check_uploads(app, extras.uploads.as_deref().unwrap_or_default())?;
    let rendered = render(app, text, blank).await?;
    let poll = match extras.poll {
        Some(Some(wish)) => Some(Some(polls::check(app, &wish)?)),
        Some(None) => Some(None),
        None => None,
    };
    let quote_policy = match extras.quote_policy {
        Some(automatic) => Some(quotes::with_automatic(app, id, automatic).await?),
        None => None,
    };
    let revised = Revised {
        content: rendered.html,
        text: rendered.text.text,
        content_type: rendered.text.content_type,
        spoiler_text: rendered.text.spoiler_text,
        sensitive: rendered.text.sensitive,
        language: rendered.text.language,
        mentioned: rendered.mentioned,
        tags: rendered.tags,
        edited_at: app.now(),
        parts: ChangedParts {
            carried: extras.uploads.map(Carried::Uploads),
            poll,
            quote_policy,
            title: extras.title,
            ..ChangedParts::default()
        },
    };
    revise(app, by, id, revised, Source::Here).await.map(drop)
}

/// May the text be empty? Only beside something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blank {
    Refused,
    Allowed,
}

/// Checks what goes with a text.
async fn extras(app: &App, by: AccountId, extras: Extras) -> Result<Parts> {
    if extras.poll.is_some() && !extras.uploads.is_empty() {
        return Err(poll_beside_files());
    }
    check_uploads(app, &extras.uploads)?;
    let poll = match extras.poll {
        Some(wish) => Some(polls::check(app, &wish)?),
        None => None,
    };
    let quoted = match extras.quoted {
        Some(id) => Some(super::get(app, Viewer::Account(by), id).await?.post),
        None => None,
    };
    if quoted
        .as_ref()
        .is_some_and(|quoted| !quoted.audience.is_open() && quoted.account_id != by)
    {
        return Err(Error::invalid(
            "quoted_status_id",
            "is of somebody who does not let you quote it",
        ));
    }
    Ok(Parts {
        carried: Carried::Uploads(extras.uploads),
        poll,
        quote: quoted.map(|quoted| quotes::NewQuote {
            uri: quoted.uri.clone(),
            stamp: None,
        }),
        quote_policy: Policy::said(extras.quote_policy, extras.quote_review),
        ..Parts::default()
    })
}

fn poll_beside_files() -> Error {
    Error::invalid("poll", "can't be together with attachments")
}

fn check_uploads(app: &App, uploads: &[Upload]) -> Result<()> {
    let most = app.settings.limits.post_attachments;
    if uploads.len() > most {
        return Err(Error::invalid("media_ids", format!("are more than {most}")));
    }
    let most = app.settings.limits.media_description_characters;
    let long = |upload: &Upload| {
        upload
            .description
            .as_ref()
            .is_some_and(|text| text.chars().count() > most)
    };
    if uploads.iter().any(long) {
        return Err(Error::invalid(
            "description",
            format!("is longer than {most} characters"),
        ));
    }
    Ok(())
}

async fn render(app: &App, mut text: Text, blank: Blank) -> Result<Rendered> {
    let limits = &app.settings.limits;
    // NUL has no place in a text, and PostgreSQL takes none.
    let clean = |typed: &str| typed.replace('\0', "").trim().to_owned();
    text.text = clean(&text.text);
    text.spoiler_text = clean(&text.spoiler_text);
    if text.text.is_empty() && blank == Blank::Refused {
        return Err(Error::invalid("status", "can't be blank"));
    }
    let length = count_characters(&text.text) + count_characters(&text.spoiler_text);
    if length > limits.post_characters {
        let most = limits.post_characters;
        return Err(Error::invalid(
            "status",
            format!("is too long (maximum is {most} characters, this has {length})"),
        ));
    }
    if let Some(language) = text
        .language
        .take()
        .filter(|language| !language.trim().is_empty())
    {
        let known = text::language::normalise(&language);
        text.language =
            Some(known.ok_or_else(|| Error::invalid("language", "is not a language code"))?);
    }
    let found = match text.content_type {
        ContentType::Plain => text::scan(&text.text),
        ContentType::Markdown => text::scan_markdown(&text.text),
    };
    if found.mentions.len() > limits.post_mentions {
        return Err(Error::invalid(
            "status",
            format!("mentions more than {} accounts", limits.post_mentions),
        ));
    }
    let mut resolver = Resolver::new();
    let mut mentioned = Vec::new();
    let mut groups = Vec::new();
    // All at once: each may be at another server. A handle that leads nowhere stays text, for its server being away must not
    // stop the post.
    let looked_up = join_all(
        found
            .mentions
            .iter()
            .map(|handle| accounts::resolve(app, handle)),
    )
    .await;
    for (handle, looked_up) in found.mentions.iter().zip(looked_up) {
        let Ok(Some(id)) = looked_up else { continue };
        let account = accounts::get(app, id).await?;
        resolver.add_mention(handle, mention_target(app, &account));
        if !mentioned.contains(&id) {
            mentioned.push(id);
            if account.kind == AccountKind::Group {
                groups.push(account.uri);
            }
        }
    }
    let mut tags = Vec::new();
    for name in &found.hashtags {
        let folded = text::hashtag::fold(name);
        resolver.add_hashtag(name, app.site.tag(&folded));
        tags.push(folded);
    }
    let html = match text.content_type {
        ContentType::Plain => text::render_plain(&text.text, &resolver),
        ContentType::Markdown => text::render_markdown(&text.text, &resolver),
    };
    text.sensitive = text.sensitive || !text.spoiler_text.is_empty();
    Ok(Rendered {
        html: html.into_string(),
        text,
        mentioned,
        groups,
        tags,
    })
}
