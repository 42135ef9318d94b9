//! A post of ours as a Note, and who it is addressed to. Reading those of peers is in `incoming`.

mod entitled;
mod incoming;
mod policy;
mod rendering;

use activitypub_federation::kinds::{
    activity::CreateType,
    collection::{CollectionPageType, CollectionType},
    link::MentionType,
};
use kontor_actions::{App, accounts::Account, posts::PostView, quotes};
use kontor_domain::{audience::Audience, quote::QuoteState, text::framing, time::rfc3339};
use serde::Serialize;
use serde_json::{Map, Value};

pub(crate) use entitled::entitle;
pub use incoming::IncomingNote;

use super::{
    PUBLIC,
    actor::Language,
    attachment::{self, OutgoingAttachment},
    emoji::{self, Emoji},
    question::{self, Question},
};

/// Always both, and always lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Addressing {
    pub to: Vec<String>,
    pub cc: Vec<String>,
}

/// Written inside a Create or Update as it is, on its own by [`document`](super::document).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    pub attributed_to: String,
    #[serde(flatten)]
    pub addressing: Addressing,
    /// The content warning.
    pub summary: Option<String>,
    pub sensitive: bool,
    pub content: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub content_map: Map<String, Value>,
    /// The same for Lemmy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    pub published: String,
    /// To the millisecond: an edit that is no newer than the last one is not taken for an edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    pub in_reply_to: Option<String>,
    pub url: String,
    pub tag: Vec<Tag>,
    /// A list even where there are none.
    pub attachment: Vec<OutgoingAttachment>,
    pub replies: Replies,
    /// The thread (FEP-7888), as a collection where it began here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    #[serde(flatten)]
    pub question: Option<Question>,
    #[serde(flatten)]
    pub quote: Option<Quote>,
    pub interaction_policy: Value,
    /// FEP-1b12: the community that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The title of a thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Kind {
    Note,
    Question,
    Page,
}

/// What a post quotes, in the form of FEP-044f and in the older ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    pub quote: String,
    pub quote_uri: String,
    pub quote_url: String,
    #[serde(rename = "_misskey_quote")]
    pub misskey_quote: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote_authorization: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    pub content: String,
    pub media_type: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Tag {
    Mention {
        #[serde(rename = "type")]
        kind: MentionType,
        href: String,
        name: String,
    },
    Hashtag {
        #[serde(rename = "type")]
        kind: HashtagType,
        href: String,
        name: String,
    },
    /// FEP-e232
    #[serde(rename_all = "camelCase")]
    Link {
        #[serde(rename = "type")]
        kind: LinkType,
        href: String,
        media_type: &'static str,
        rel: &'static str,
        name: String,
    },
    Emoji(Emoji),
}

activitypub_federation::kinds::kind!(LinkType, Link);
activitypub_federation::kinds::kind!(HashtagType, Hashtag);

/// Its first page stands inside it and is empty, so that nobody fetches it for a post that has just been made; those who
/// look for replies follow `next`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replies {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: CollectionType,
    pub first: FirstReplies,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstReplies {
    #[serde(rename = "type")]
    pub kind: CollectionPageType,
    pub part_of: String,
    pub next: String,
    pub items: Vec<String>,
}

/// The activity that made a post. Its id follows from the post's, so that it is the same in an outbox and in a delivery.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Create {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: CreateType,
    pub actor: String,
    pub published: String,
    #[serde(flatten)]
    pub addressing: Addressing,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    pub object: Note,
}

impl Kind {
    fn of(view: &PostView, title: Option<&String>) -> Self {
        if view.parts.poll.is_some() {
            Self::Question
        } else if title.is_some() {
            Self::Page
        } else {
            Self::Note
        }
    }
}

/// A title that was made of the text would stand there twice.
fn title(view: &PostView) -> Option<String> {
    let group = view.parts.group.as_ref().filter(|group| group.titled)?;
    group.title.clone()
}

/// The Note of a local post.
pub fn note(app: &App, view: &PostView) -> Note {
    let post = &view.post;
    let id = post.uri.clone();
    let language = post.language.as_ref();
    let parts = &view.parts;
    let quote = parts.quote.as_ref();
    let content = match quote {
        Some(quote) => {
            let page = quote.quoted.as_ref().map(|quoted| &quoted.post.url);
            let line = framing::quote_line(page.unwrap_or(&quote.quote.quoted_uri));
            format!("{line}{}", post.content)
        }
        None => post.content.clone(),
    };
    let title = title(view);
    Note {
        kind: Kind::of(view, title.as_ref()),
        name: title,
        audience: parts.group.as_ref().map(|group| group.account.uri.clone()),
        attributed_to: view.account.uri.clone(),
        addressing: audience_of(view),
        summary: (!post.spoiler_text.is_empty()).then(|| post.spoiler_text.clone()),
        sensitive: view.is_sensitive(),
        content_map: language
            .map(|language| (language.clone(), Value::String(content.clone())))
            .into_iter()
            .collect(),
        // Pleroma's kin take a question whose language is an object for a broken one; who reads such objects knows no questions.
        language: language
            .filter(|_| parts.poll.is_none())
            .map(|tag| Language::new(tag)),
        content,
        source: (!post.text.is_empty()).then(|| Source {
            content: post.text.clone(),
            media_type: post.content_type.clone(),
        }),
        published: rfc3339(post.created_at),
        updated: post.edited_at.map(rfc3339),
        in_reply_to: view.post.parent_uri.clone(),
        url: post.url.clone(),
        tag: tags(app, view),
        attachment: parts
            .attachments
            .iter()
            .filter_map(|file| attachment::outgoing(app, post.audience, file))
            .collect(),
        context: parts.context.clone(),
        question: parts.poll.as_ref().map(question::outgoing),
        quote: quote.map(|view| {
            let uri = &view.quote.quoted_uri;
            Quote {
                quote: uri.clone(),
                quote_uri: uri.clone(),
                quote_url: uri.clone(),
                misskey_quote: uri.clone(),
                quote_authorization: view
                    .quote
                    .stamp_uri
                    .clone()
                    .filter(|_| view.quote.state == QuoteState::Accepted),
            }
        }),
        interaction_policy: interaction_policy(view),
        replies: Replies {
            id: format!("{id}/replies"),
            kind: CollectionType::Collection,
            first: FirstReplies {
                kind: CollectionPageType::CollectionPage,
                part_of: format!("{id}/replies"),
                next: format!("{id}/replies?page=true"),
                items: Vec::new(),
            },
        },
        id,
    }
}

fn interaction_policy(view: &PostView) -> Value {
    let policy = view
        .parts
        .approval
        .and_then(|approval| approval.policy)
        .unwrap_or_else(|| quotes::default_policy(view.post.audience));
    let reach = policy::Reach {
        author: &view.account.uri,
        followers: &view.account.followers_url,
        audience: view.post.audience,
        in_group: view.parts.group.is_some(),
    };
    policy::write(policy, &reach)
}

/// The Create of a local post.
pub fn create(app: &App, view: &PostView) -> Create {
    let object = note(app, view);
    Create {
        id: format!("{}/activity", object.id),
        kind: CreateType::Create,
        actor: object.attributed_to.clone(),
        published: object.published.clone(),
        addressing: object.addressing.clone(),
        audience: object.audience.clone(),
        object,
    }
}

/// Who a post goes to.
pub fn audience_of(view: &PostView) -> Addressing {
    let mentioned = view
        .mentions
        .iter()
        .map(|account| account.uri.clone())
        .collect();
    let mut addressing = addressing(view.post.audience, &view.account.followers_url, mentioned);
    if let Some(group) = &view.parts.group {
        // Lemmy looks for it in front.
        let uri = &group.account.uri;
        addressing.cc.retain(|known| known != uri);
        addressing.to.insert(0, uri.clone());
    }
    addressing
}

/// How an audience is addressed, as peers read it.
pub fn addressing(audience: Audience, followers: &str, mentioned: Vec<String>) -> Addressing {
    let (to, mut cc) = match audience {
        Audience::Public => (vec![PUBLIC.to_owned()], vec![followers.to_owned()]),
        Audience::Unlisted => (vec![followers.to_owned()], vec![PUBLIC.to_owned()]),
        Audience::Followers => (vec![followers.to_owned()], Vec::new()),
        // Its community is added; what stays here is addressed to nobody.
        Audience::Community | Audience::Instance => (Vec::new(), Vec::new()),
        Audience::Direct => {
            return Addressing {
                to: mentioned,
                cc: Vec::new(),
            };
        }
    };
    if !audience.is_closed_circle() {
        cc.extend(mentioned);
    }
    Addressing { to, cc }
}

fn tags(app: &App, view: &PostView) -> Vec<Tag> {
    let group = view
        .parts
        .group
        .as_ref()
        .map(|group| &group.account)
        .filter(|group| view.mentions.iter().all(|account| account.id != group.id));
    let mentions = view
        .mentions
        .iter()
        .chain(group)
        .map(|account| Tag::Mention {
            kind: MentionType::Mention,
            href: account.uri.clone(),
            name: full_handle(app, account),
        });
    let hashtags = view.post.tags.iter().map(|name| Tag::Hashtag {
        kind: HashtagType::Hashtag,
        href: app.site.tag(name),
        name: format!("#{name}"),
    });
    let quote = view.parts.quote.iter().map(|view| Tag::Link {
        kind: LinkType::Link,
        href: view.quote.quoted_uri.clone(),
        media_type: LD_JSON,
        rel: MISSKEY_QUOTE,
        name: format!("RE: {}", view.quote.quoted_uri),
    });
    let emojis = view
        .parts
        .emojis
        .iter()
        .map(|emoji| Tag::Emoji(emoji::outgoing(app, emoji)));
    mentions
        .chain(hashtags)
        .chain(quote)
        .chain(emojis)
        .collect()
}

const LD_JSON: &str = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";
const MISSKEY_QUOTE: &str = "https://misskey-hub.net/ns#_misskey_quote";

fn full_handle(app: &App, account: &Account) -> String {
    format!(
        "@{}@{}",
        account.username,
        account.domain.as_deref().unwrap_or(app.site.domain())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_and_cc(audience: Audience) -> (Vec<String>, Vec<String>) {
        let Addressing { to, cc } = addressing(audience, "f", vec!["m".to_owned()]);
        (to, cc)
    }

    #[test]
    fn each_audience_is_addressed_as_peers_read_it() {
        let list = |items: &[&str]| {
            items
                .iter()
                .map(|&item| item.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            to_and_cc(Audience::Public),
            (list(&[PUBLIC]), list(&["f", "m"]))
        );
        assert_eq!(
            to_and_cc(Audience::Unlisted),
            (list(&["f"]), list(&[PUBLIC, "m"]))
        );
        assert_eq!(to_and_cc(Audience::Followers), (list(&["f"]), list(&["m"])));
        assert_eq!(to_and_cc(Audience::Direct), (list(&["m"]), list(&[])));
    }
}
