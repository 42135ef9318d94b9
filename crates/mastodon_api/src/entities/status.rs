//! <https://docs.joinmastodon.org/entities/Status/>

use kontor_actions::{accounts, posts::PostView};
use kontor_domain::{audience::Viewer, site::Site, time::rfc3339};
use serde::Serialize;

use super::{
    Account, CustomEmoji, EmojiReaction, FilterResult, Looking, MediaAttachment, Never, Pleroma,
    Poll, PreviewCard, Quote, QuoteApproval, StatusCommunity, Visibility, account::acct,
};

#[derive(Debug, Clone, Serialize)]
pub struct Status {
    pub id: String,
    pub created_at: String,
    pub in_reply_to_id: Option<String>,
    pub in_reply_to_account_id: Option<String>,
    pub sensitive: bool,
    pub spoiler_text: String,
    pub visibility: Visibility,
    pub language: Option<String>,
    pub uri: String,
    pub url: String,
    pub replies_count: i64,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub quotes_count: i64,
    pub edited_at: Option<String>,
    pub content: String,
    pub reblog: Option<Box<Status>>,
    pub application: Option<Application>,
    pub account: Account,
    pub media_attachments: Vec<MediaAttachment>,
    pub mentions: Vec<Mention>,
    pub tags: Vec<Hashtag>,
    pub emojis: Vec<CustomEmoji>,
    pub card: Option<PreviewCard>,
    pub poll: Option<Poll>,
    pub quote: Option<Quote>,
    pub quote_approval: Option<QuoteApproval>,
    pub tagged_collections: [Never; 0],
    /// Where it belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<StatusCommunity>,
    pub pleroma: Pleroma,
    #[serde(flatten)]
    pub yours: Option<Yours>,
}

/// How a person stands to a post. Absent for others, as Mastodon has it: strict clients take no `null` here.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the shape is Mastodon's")]
pub struct Yours {
    pub favourited: bool,
    pub reblogged: bool,
    pub muted: bool,
    pub bookmarked: bool,
    /// Only one's own posts can be pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    pub filtered: Vec<FilterResult>,
}

/// What a post was written with; only known of local posts.
#[derive(Debug, Clone, Serialize)]
pub struct Application {
    pub name: String,
    pub website: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Mention {
    pub id: String,
    pub username: String,
    pub url: String,
    pub acct: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Hashtag {
    pub name: String,
    pub url: String,
}

impl Status {
    pub fn new(site: &Site, viewer: Viewer, view: &PostView) -> Self {
        match &view.boosted {
            Some(boosted) => Self::boost(site, viewer, view, boosted),
            None => Self::whole(site, viewer, view),
        }
    }

    fn whole(site: &Site, viewer: Viewer, view: &PostView) -> Self {
        let quote = view.parts.quote.as_ref();
        let quote = quote.map(|quote| Quote::whole(site, viewer, quote));
        Self::with(site, viewer, view, quote)
    }

    /// As it is shown inside a post that quotes it.
    pub(super) fn quoted(site: &Site, viewer: Viewer, view: &PostView) -> Self {
        let quote = view.parts.quote.as_ref().map(Quote::shallow);
        Self::with(site, viewer, view, quote)
    }

    /// A boost says what it boosts, under an id, an address, a time and a name of its own.
    fn boost(site: &Site, viewer: Viewer, view: &PostView, boosted: &PostView) -> Self {
        let inner = Self::whole(site, viewer, boosted);
        let post = &view.post;
        Self {
            id: post.id.to_string(),
            created_at: rfc3339(post.created_at),
            in_reply_to_id: None,
            in_reply_to_account_id: None,
            visibility: post.audience.into(),
            uri: post.uri.clone(),
            url: post.url.clone(),
            edited_at: None,
            application: None,
            account: Account::new(site, &view.account).moved_to(site, view.moved.as_ref()),
            yours: inner.yours.clone().map(|yours| Yours {
                pinned: None,
                ..yours
            }),
            reblog: Some(Box::new(inner.clone())),
            ..inner
        }
    }

    fn with(site: &Site, viewer: Viewer, view: &PostView, quote: Option<Quote>) -> Self {
        let (post, parts) = (&view.post, &view.parts);
        let standing = view.standing;
        Self {
            id: post.id.to_string(),
            created_at: rfc3339(post.created_at),
            in_reply_to_id: post.in_reply_to_id.map(|id| id.to_string()),
            in_reply_to_account_id: post.in_reply_to_account_id.map(|id| id.to_string()),
            sensitive: view.is_sensitive(),
            spoiler_text: post.spoiler_text.clone(),
            visibility: post.audience.into(),
            language: post.language.clone(),
            uri: post.uri.clone(),
            url: post.url.clone(),
            replies_count: post.replies_count,
            reblogs_count: post.reblogs_count,
            favourites_count: post.favourites_count,
            quotes_count: parts.quotes_count,
            edited_at: post.edited_at.map(rfc3339),
            content: post.content.clone(),
            reblog: None,
            application: view
                .application
                .clone()
                .map(|(name, website)| Application { name, website }),
            account: Account::new(site, &view.account).moved_to(site, view.moved.as_ref()),
            media_attachments: MediaAttachment::all(
                site,
                (viewer, parts.closed),
                &parts.attachments,
            ),
            mentions: view.mentions.iter().map(Mention::from).collect(),
            tags: view
                .tags
                .iter()
                .map(|name| Hashtag {
                    name: name.clone(),
                    url: site.tag(name),
                })
                .collect(),
            emojis: CustomEmoji::all(site, &parts.emojis),
            card: view
                .parts
                .card
                .as_ref()
                .map(|card| PreviewCard::new(site, card)),
            poll: parts
                .poll
                .as_ref()
                .map(|poll| Poll::new(site, Looking::of(viewer), poll, &parts.emojis)),
            quote,
            quote_approval: parts.approval.map(QuoteApproval::from),
            tagged_collections: [],
            community: parts
                .group
                .as_ref()
                .map(|group| StatusCommunity::new(group, post.removed_at.is_some())),
            pleroma: Pleroma {
                emoji_reactions: view
                    .reactions
                    .iter()
                    .map(|reacted| EmojiReaction::new(viewer, reacted))
                    .collect(),
            },
            yours: viewer.account().map(|viewer| Yours {
                favourited: standing.favourited,
                reblogged: standing.boosted,
                muted: standing.muted,
                bookmarked: standing.bookmarked,
                pinned: (viewer == post.account_id).then_some(standing.pinned),
                filtered: view
                    .caught
                    .iter()
                    .map(|caught| FilterResult::new(post.id, caught))
                    .collect(),
            }),
        }
    }

    pub fn all(site: &Site, viewer: Viewer, views: &[PostView]) -> Vec<Self> {
        views
            .iter()
            .map(|view| Self::new(site, viewer, view))
            .collect()
    }
}

impl From<&accounts::Account> for Mention {
    fn from(row: &accounts::Account) -> Self {
        Self {
            id: row.id.to_string(),
            username: row.username.clone(),
            url: row.url.clone(),
            acct: acct(row),
        }
    }
}

/// A post that has just been deleted, with the text that it was written as: to be written anew.
#[derive(Debug, Clone, Serialize)]
pub struct DeletedStatus {
    #[serde(flatten)]
    pub status: Status,
    pub text: String,
}
