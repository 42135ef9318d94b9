//! From what a local author typed to a post: limits, mentions looked up, text rendered. All of it before the transaction.

use futures_util::future::join_all;
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, ApplicationId, PostId},
    text::{self, Resolver, count_characters},
};

use super::{Arrival, Created, NewPost, Parent, Revised, create, mention_target, revise};
use crate::{App, Error, Result, accounts};

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
}

/// A text made ready.
struct Rendered {
    html: String,
    text: Text,
    mentioned: Vec<AccountId>,
    tags: Vec<String>,
}

/// Publishes a post by a local author.
pub async fn publish(app: &App, by: AccountId, draft: Draft) -> Result<PostId> {
    let rendered = render(app, draft.text).await?;
    let new = NewPost {
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
    };
    match create(app, by, new, Arrival::Written).await? {
        Created::New(id) | Created::Known(id) => Ok(id),
        // Only what arrives from elsewhere can be turned away so.
        Created::Unwanted => Err(Error::NotFound),
    }
}

/// Replaces the text of a post by its local author. An edit that changes nothing makes no new version.
pub async fn rewrite(app: &App, by: AccountId, id: PostId, text: Text) -> Result<()> {
    // Before anything is looked up for it: is there such a post, and is it theirs?
    let view = super::get(app, Viewer::Account(by), id).await?;
    if view.post.account_id != by || view.post.reblog_of_id.is_some() {
        return Err(Error::NotFound);
    }
    let rendered = render(app, text).await?;
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
    };
    revise(app, by, id, revised).await.map(drop)
}

async fn render(app: &App, mut text: Text) -> Result<Rendered> {
    let limits = &app.settings.limits;
    // NUL has no place in a text, and PostgreSQL takes none.
    let clean = |typed: &str| typed.replace('\0', "").trim().to_owned();
    text.text = clean(&text.text);
    text.spoiler_text = clean(&text.spoiler_text);
    if text.text.is_empty() {
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
        tags,
    })
}
