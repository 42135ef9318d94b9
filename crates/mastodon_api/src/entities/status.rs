//! <https://docs.joinmastodon.org/entities/Status/>

use std::sync::Arc;

use kontor_actions::{KeptPost, Text, accounts, posts::PostView};
use kontor_domain::{audience::Viewer, site::Site, time::rfc3339};
use serde::{Serialize, Serializer, ser::Error as _};

use super::{
    CustomEmoji, EmojiReaction, Entity, FilterResult, Looking, MediaAttachment, Never, Pleroma,
    Poll, PreviewCard, Quote, QuoteApproval, ShownAccount, StatusCommunity, Visibility,
    account::acct,
    written::{self, maybe, members, write_members},
};

/// In parts: the JSON of the first three is kept with what they are made of.
#[derive(Debug, Clone)]
pub struct Status {
    /// Under which name: that of a boost is its own.
    name: Part,
    /// What it says.
    word: Part,
    account: ShownAccount,
    reblog: Option<Box<Status>>,
    rest: Box<Rest>,
}

/// Members that are kept with a post.
#[derive(Debug, Clone)]
struct Part(Text, Arc<KeptPost>);

#[derive(Serialize)]
struct Name<'a> {
    id: String,
    created_at: String,
    in_reply_to_id: Option<String>,
    in_reply_to_account_id: Option<String>,
    visibility: Visibility,
    uri: &'a str,
    url: &'a str,
    edited_at: Option<String>,
    application: Option<Application<'a>>,
}

/// What a post was written with; only known of local posts.
#[derive(Serialize)]
struct Application<'a> {
    name: &'a str,
    website: Option<&'a str>,
}

#[derive(Serialize)]
struct Word<'a> {
    spoiler_text: &'a str,
    language: Option<&'a str>,
    replies_count: i64,
    reblogs_count: i64,
    favourites_count: i64,
    content: &'a str,
    tags: Vec<Hashtag>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Hashtag {
    pub name: String,
    pub url: String,
}

/// What differs by reader, or is not of the post itself.
#[derive(Debug, Clone)]
struct Rest {
    sensitive: bool,
    quotes_count: i64,
    media_attachments: Vec<MediaAttachment>,
    mentions: Vec<Mention>,
    emojis: Vec<CustomEmoji>,
    card: Option<PreviewCard>,
    poll: Option<Poll>,
    quote: Option<Quote>,
    quote_approval: Option<QuoteApproval>,
    tagged_collections: [Never; 0],
    /// Where it belongs.
    community: Option<StatusCommunity>,
    pleroma: Pleroma,
    yours: Option<Yours>,
    /// As it was written: of a post that has just been deleted, to be written anew.
    text: Option<String>,
}

impl Rest {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        write_members!(out, self: sensitive, quotes_count, media_attachments, mentions, emojis);
        write_members!(out, self: card, poll, quote, quote_approval, tagged_collections);
        if self.community.is_some() {
            write_members!(out, self: community);
        }
        write_members!(out, self: pleroma);
        if let Some(yours) = &self.yours {
            write_members!(out, yours: favourited, reblogged, muted, bookmarked);
            if yours.pinned.is_some() {
                write_members!(out, yours: pinned);
            }
            write_members!(out, yours: filtered);
        }
        if self.text.is_some() {
            write_members!(out, self: text);
        }
        Ok(())
    }
}

/// How a person stands to a post. Absent for others, as Mastodon has it: strict clients take no `null` here.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "the shape is Mastodon's")]
pub struct Yours {
    pub favourited: bool,
    pub reblogged: bool,
    pub muted: bool,
    pub bookmarked: bool,
    /// Only one's own posts can be pinned.
    pub pinned: Option<bool>,
    pub filtered: Vec<FilterResult>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Mention {
    pub id: String,
    pub username: String,
    pub url: String,
    pub acct: String,
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
        let rest = Rest::clone(&inner.rest);
        Self {
            name: Part::name(&view.post),
            word: inner.word.clone(),
            account: ShownAccount::new(site, &view.account, view.moved.as_deref()),
            rest: Box::new(Rest {
                yours: rest.yours.map(|yours| Yours {
                    pinned: None,
                    ..yours
                }),
                ..rest
            }),
            reblog: Some(Box::new(inner)),
        }
    }

    fn with(site: &Site, viewer: Viewer, view: &PostView, quote: Option<Quote>) -> Self {
        Self {
            name: Part::name(&view.post),
            word: Part::word(site, &view.post),
            account: ShownAccount::new(site, &view.account, view.moved.as_deref()),
            reblog: None,
            rest: Box::new(Rest::new(site, viewer, view, quote)),
        }
    }

    /// With what was written to make it.
    #[must_use]
    pub fn with_text(mut self, text: String) -> Self {
        self.rest.text = Some(text);
        self
    }

    pub fn all(site: &Site, viewer: Viewer, views: &[PostView]) -> Vec<Self> {
        views
            .iter()
            .map(|view| Self::new(site, viewer, view))
            .collect()
    }
}

impl Rest {
    fn new(site: &Site, viewer: Viewer, view: &PostView, quote: Option<Quote>) -> Self {
        let (post, parts) = (&view.post, &view.parts);
        let standing = view.standing;
        Self {
            sensitive: view.is_sensitive(),
            quotes_count: parts.quotes_count,
            media_attachments: MediaAttachment::all(
                site,
                (viewer, parts.closed),
                &parts.attachments,
            ),
            mentions: view
                .mentions
                .iter()
                .map(|account| Mention::from(&***account))
                .collect(),
            emojis: CustomEmoji::all(site, &parts.emojis),
            card: parts.card.as_ref().map(|card| PreviewCard::new(site, card)),
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
            text: None,
        }
    }
}

impl Entity for Status {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.push(b'{');
        out.extend_from_slice(self.name.members()?.as_bytes());
        out.push(b',');
        out.extend_from_slice(self.word.members()?.as_bytes());
        out.extend_from_slice(b",\"account\":");
        self.account.write(out)?;
        out.extend_from_slice(b",\"reblog\":");
        maybe(out, self.reblog.as_deref())?;
        self.rest.write(out)?;
        out.push(b'}');
        Ok(())
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        written::serialize(self, serializer)
    }
}

impl Part {
    fn name(post: &Arc<KeptPost>) -> Self {
        let of = Text::Name;
        let _told_when_it_is_shown = post.members(of, |post| {
            let application = post.application.as_ref();
            let application = application.filter(|_| post.reblog_of_id.is_none());
            members(&Name {
                id: post.id.to_string(),
                created_at: rfc3339(post.created_at),
                in_reply_to_id: post.in_reply_to_id.map(|id| id.to_string()),
                in_reply_to_account_id: post.in_reply_to_account_id.map(|id| id.to_string()),
                visibility: post.audience.into(),
                uri: &post.uri,
                url: &post.url,
                edited_at: post.edited_at.map(rfc3339),
                application: application.map(|(name, website)| Application {
                    name,
                    website: website.as_deref(),
                }),
            })
        });
        Self(of, post.clone())
    }

    /// Made here, where it is known how this server is called.
    fn word(site: &Site, post: &Arc<KeptPost>) -> Self {
        let of = Text::Word;
        let _told_when_it_is_shown = post.members(of, |post| {
            members(&Word {
                spoiler_text: &post.spoiler_text,
                language: post.language.as_deref(),
                replies_count: post.replies_count,
                reblogs_count: post.reblogs_count,
                favourites_count: post.favourites_count,
                content: &post.content,
                tags: post
                    .tags
                    .iter()
                    .map(|name| Hashtag {
                        name: name.clone(),
                        url: site.tag(name),
                    })
                    .collect(),
            })
        });
        Self(of, post.clone())
    }

    fn members(&self) -> serde_json::Result<&str> {
        let Self(of, post) = self;
        post.members(*of, |_| Err(serde_json::Error::custom("was not made")))
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
