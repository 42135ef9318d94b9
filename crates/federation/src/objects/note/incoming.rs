//! A peer's Note: read loosely, checked strictly. Looking up who it mentions and what it answers is elsewhere.

use std::collections::HashSet;

use activitypub_federation::protocol::helpers::deserialize_skip_error;
use kontor_domain::{
    audience::Audience,
    interaction::Limits,
    quote::Policy,
    site::same_authority,
    text::{framing, hashtag, language},
    time::{self, Time, Written},
};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{entitled, policy, rendering};
use crate::objects::{
    Unfit,
    attachment::IncomingAttachment,
    emoji::{self, IncomingEmoji},
    is_public,
    loose::{self, Link, web_address},
    question::IncomingQuestion,
};
use kontor_actions::{attachments::RemoteFile, custom_emojis::RemoteEmoji, polls::NewPoll};

/// Our own authors have less; peers go to 100 000 characters with markup.
const MAX_CONTENT_BYTES: usize = 200_000;
const MAX_SUMMARY: usize = 1000;
const MAX_TITLE: usize = 500;
/// The types of objects that are posts here.
const POSTS: [&str; 8] = [
    "Note", "Question", "Article", "Page", "Video", "Event", "Audio", "Image",
];
const MAX_HASHTAGS: usize = 60;
const MAX_GROUPS: usize = 10;

/// What a note says, in whatever form its server writes it. Nothing here is checked; [`check`](Self::check) does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IncomingNote {
    #[serde(deserialize_with = "loose::id")]
    pub id: Option<String>,
    #[serde(rename = "type", deserialize_with = "loose::words")]
    pub kind: Vec<String>,
    #[serde(deserialize_with = "loose::ids")]
    pub attributed_to: Vec<String>,
    #[serde(deserialize_with = "loose::ids")]
    pub to: Vec<String>,
    #[serde(deserialize_with = "loose::ids")]
    pub cc: Vec<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    content: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    content_map: Map<String, Value>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub name: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    summary: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    sensitive: bool,
    #[serde(deserialize_with = "loose::id")]
    pub in_reply_to: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    published: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    updated: Option<String>,
    #[serde(deserialize_with = "loose::links")]
    url: Vec<Link>,
    #[serde(deserialize_with = "tags")]
    tag: Vec<IncomingTag>,
    /// A word, or Lemmy's `{identifier, name}`.
    #[serde(deserialize_with = "deserialize_skip_error")]
    language: Option<Value>,
    /// Of `content`; HTML where nothing is said.
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub(super) media_type: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub(super) name_map: Map<String, Value>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub(super) summary_map: Map<String, Value>,
    #[serde(deserialize_with = "loose::list")]
    pub(super) attachment: Vec<IncomingAttachment>,
    #[serde(deserialize_with = "loose::links")]
    pub(super) icon: Vec<Link>,
    #[serde(deserialize_with = "loose::links")]
    pub(super) image: Vec<Link>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub(super) duration: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub(super) start_time: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub(super) end_time: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub(super) location: Option<Value>,
    /// Read from the same object by [`read`](Self::read).
    #[serde(skip)]
    question: IncomingQuestion,
    #[serde(deserialize_with = "loose::id")]
    pub replies: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub context: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    quote: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    quote_uri: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    quote_url: Option<String>,
    #[serde(rename = "_misskey_quote", deserialize_with = "loose::id")]
    misskey_quote: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub quote_authorization: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    interaction_policy: Option<Value>,
    /// FEP-1b12: the group that it is for.
    #[serde(deserialize_with = "loose::ids")]
    audience: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IncomingTag {
    #[serde(rename = "type", deserialize_with = "loose::words")]
    kind: Vec<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    href: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    name: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    media_type: Option<String>,
    #[serde(deserialize_with = "loose::words")]
    rel: Vec<String>,
    /// The same, read as an emoji.
    #[serde(skip)]
    emoji: IncomingEmoji,
}

/// Each tag is read as what it may be.
fn tags<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<IncomingTag>, D::Error> {
    let values: Vec<Value> = loose::list(input)?;
    Ok(values
        .into_iter()
        .filter_map(|value| {
            let emoji = IncomingEmoji::deserialize(&value).unwrap_or_default();
            let tag = IncomingTag::deserialize(value).ok()?;
            Some(IncomingTag { emoji, ..tag })
        })
        .collect())
}

impl IncomingTag {
    fn is(&self, kind: &str) -> bool {
        self.kind.iter().any(|word| word == kind)
    }

    /// FEP-e232: a link to an object and not to a page. Without a `rel` it is a quote by custom.
    fn is_object_link(&self) -> bool {
        let kind = self.media_type.as_deref().unwrap_or_default();
        let activity = crate::media_type::is_activity(kind);
        activity
            && (self.rel.is_empty()
                || self
                    .rel
                    .iter()
                    .any(|rel| rel.ends_with("_misskey_quote") || rel.contains("quote")))
    }
}

/// The two without which a note is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    pub id: &'a str,
    pub author: &'a str,
}

impl IncomingNote {
    /// Groups that it may be for: the one that it names, then those of ours that it is addressed to.
    pub fn groups(&self, ours: impl Fn(&str) -> bool) -> Vec<String> {
        let addressed = self.to.iter().chain(&self.cc).filter(|uri| ours(uri));
        let mut groups: Vec<String> = Vec::new();
        for uri in self.audience.iter().chain(addressed) {
            if groups.len() < MAX_GROUPS && !is_public(uri) && !groups.contains(uri) {
                groups.push(uri.clone());
            }
        }
        groups
    }

    /// Does it say which group it is for (FEP-1b12)?
    pub fn names_group(&self) -> bool {
        self.audience.iter().any(|uri| !is_public(uri))
    }

    /// Of what has one beside its text.
    pub fn thread_title(&self) -> Option<String> {
        let titled = self
            .kind
            .iter()
            .any(|kind| matches!(kind.as_str(), "Page" | "Article"));
        self.title().filter(|_| titled)
    }

    /// Any object reads; what it lacks is found by [`check`](Self::check).
    pub fn read(value: Value) -> Result<Self, Unfit> {
        let question = IncomingQuestion::deserialize(&value).unwrap_or_default();
        let note: Self =
            serde_json::from_value(value).map_err(|why| Unfit::new("object", why.to_string()))?;
        Ok(Self { question, ..note }.without_own_title())
    }

    /// A Page under its own first line is a Note for those who read titles: its text is all there is to it.
    fn without_own_title(mut self) -> Self {
        let own = self.is("Page")
            && self.in_reply_to.is_none()
            && matches!(self.media_type.as_deref(), None | Some("text/html"))
            && self.attachment.iter().all(|one| one.page().is_none())
            && self
                .name
                .as_deref()
                .zip(self.content.as_deref())
                .is_some_and(|(name, content)| entitled::is_own(name, content));
        if own {
            self.kind = vec!["Note".to_owned()];
            self.name = None;
            self.name_map.clear();
        }
        self
    }

    /// Is it a Note with an id, by an author on the same server? Whether it came from that server is
    /// asked by who fetched it or checked its signature.
    pub fn check(&self) -> Result<Identity<'_>, Unfit> {
        if !self.is_post() {
            return Err(Unfit::new("type", "is none that a post has"));
        }
        let id = self
            .id
            .as_deref()
            .ok_or_else(|| Unfit::new("id", "is missing"))?;
        web_address(id).ok_or_else(|| Unfit::new("id", "is not a web address"))?;
        let author = self
            .attributed_to
            .first()
            .ok_or_else(|| Unfit::new("attributedTo", "is missing"))?;
        web_address(author).ok_or_else(|| Unfit::new("attributedTo", "is not a web address"))?;
        if !same_authority(id, author) {
            return Err(Unfit::new("attributedTo", "is on another server than `id`"));
        }
        Ok(Identity { id, author })
    }

    pub fn is_post(&self) -> bool {
        self.kind.iter().any(|word| POSTS.contains(&word.as_str()))
    }

    /// Is its text all there is to it?
    pub(super) fn is_text(&self) -> bool {
        self.is("Note") || self.is("Question") || !self.is_post()
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind.iter().any(|word| word == kind)
    }

    /// A vote in a poll comes as a Note with a name and without content; it is no post.
    pub fn is_vote(&self) -> bool {
        self.name.is_some()
            && self.in_reply_to.is_some()
            && self.content.is_none()
            && self.content_map.is_empty()
            && self.is("Note")
    }

    /// An author without a followers collection has none to write to.
    pub fn audience(&self, author_followers_url: &str) -> Audience {
        let followers = |list: &[String]| {
            !author_followers_url.is_empty()
                && list.iter().any(|address| address == author_followers_url)
        };
        if self.to.iter().any(|address| is_public(address)) {
            Audience::Public
        } else if self.cc.iter().any(|address| is_public(address)) {
            Audience::Unlisted
        } else if followers(&self.to) || followers(&self.cc) {
            Audience::Followers
        } else {
            Audience::Direct
        }
    }

    /// The post as it is stored: sanitised HTML, with the title above and a link below where its kind has them. `spoken` are
    /// the languages of this instance; `most` bounds how long a body is shown that has a page of its own, in bytes.
    pub fn html(&self, spoken: &[String], most: usize) -> String {
        let body = self.body(spoken);
        let html = rendering::html(self, &body, most);
        if self.quoted().is_some() {
            framing::without_quote_line(&html)
        } else {
            html
        }
    }

    /// The content alone, sanitised.
    fn body(&self, spoken: &[String]) -> String {
        let content = self.translation(spoken).map_or_else(
            || self.content.as_deref().unwrap_or_default(),
            |(_, content)| content,
        );
        match self.media_type.as_deref().map(str::trim) {
            Some("text/markdown") => rendering::markdown(content, MAX_CONTENT_BYTES),
            Some("text/plain") => rendering::plain(content, MAX_CONTENT_BYTES),
            _ => loose::html(content, MAX_CONTENT_BYTES),
        }
    }

    /// The entry of `contentMap` that is shown: the one that is the content, then one in a language that is spoken here; of
    /// several without a content, the first.
    fn translation(&self, spoken: &[String]) -> Option<(&str, &str)> {
        let entries = || {
            self.content_map
                .iter()
                .filter_map(|(tag, content)| Some((tag.as_str(), content.as_str()?)))
        };
        if let Some(content) = &self.content {
            return entries().find(|(_, translation)| translation == content);
        }
        spoken
            .iter()
            .find_map(|wanted| {
                entries().find(|(tag, _)| language::normalise(tag).as_ref() == Some(wanted))
            })
            .or_else(|| entries().next())
    }

    /// The title, on one line.
    pub(super) fn title(&self) -> Option<String> {
        let name = self
            .name
            .as_deref()
            .or_else(|| self.name_map.values().find_map(Value::as_str))?;
        let name = loose::line_of_html(name, MAX_TITLE);
        (!name.is_empty()).then_some(name)
    }

    /// The abstract of what is no note, sanitised.
    pub(super) fn introduction(&self) -> String {
        let summary = self
            .summary
            .as_deref()
            .or_else(|| self.summary_map.values().find_map(Value::as_str));
        loose::html(summary.unwrap_or_default(), MAX_CONTENT_BYTES)
    }

    /// Where people read it: its page, or the one that it is a link to.
    pub(super) fn linked(&self) -> Option<String> {
        let attached = || self.attachment.iter().find_map(IncomingAttachment::page);
        let attached = if self.is("Page") { attached() } else { None };
        attached.or_else(|| self.page()).or_else(|| self.id.clone())
    }

    pub(super) fn links(&self) -> &[Link] {
        &self.url
    }

    /// Its files, as many as are taken.
    pub fn files(&self, most: usize) -> Vec<RemoteFile> {
        let mut files = rendering::own_files(self);
        let attached = self.attachment.iter().filter_map(IncomingAttachment::file);
        for file in attached {
            // Each is compared with those before it, and there may be thousands.
            if files.len() >= most {
                break;
            }
            if files.iter().all(|known| known.url != file.url) {
                files.push(file);
            }
        }
        // Lemmy and PieFed name the picture of a link by `image`.
        if files.is_empty() && self.is("Page") {
            files.extend(rendering::picture(&self.image));
        }
        files.truncate(most);
        files
    }

    pub fn poll(&self, now: Time) -> Option<NewPoll> {
        self.is("Question")
            .then(|| self.question.poll(self.updated(), now))?
    }

    pub fn emojis(&self) -> Vec<RemoteEmoji> {
        let tags: Vec<IncomingEmoji> = self.tag.iter().map(|tag| tag.emoji.clone()).collect();
        emoji::incoming(&tags)
    }

    /// The address of the post that it quotes, in any of the forms in use (FEP-044f, FEP-e232).
    pub fn quoted(&self) -> Option<&str> {
        let by_tag = || {
            self.tag
                .iter()
                .find(|tag| tag.is("Link") && tag.is_object_link())
                .and_then(|tag| tag.href.as_deref())
        };
        [
            &self.quote,
            &self.misskey_quote,
            &self.quote_uri,
            &self.quote_url,
        ]
        .into_iter()
        .find_map(|form| form.as_deref())
        .or_else(by_tag)
        .filter(|uri| web_address(uri).is_some() && Some(*uri) != self.id.as_deref())
    }

    /// Whom it lets do something with it, where it says so. `ours`: is it an address of this instance?
    pub fn limits(
        &self,
        followers: &str,
        following: &str,
        ours: impl Fn(&str) -> bool,
    ) -> Option<Limits> {
        policy::limits(
            self.interaction_policy.as_ref()?,
            followers,
            following,
            &ours,
        )
    }

    /// Who may quote it, where it says so.
    pub fn quote_policy(&self, followers: &str) -> Option<Policy> {
        policy::read(self.interaction_policy.as_ref()?, followers)
    }

    /// In the form in which languages are stored.
    pub fn language(&self, spoken: &[String]) -> Option<String> {
        let stated = self.language.as_ref().and_then(|language| match language {
            Value::String(tag) => Some(tag.as_str()),
            other => other.get("identifier")?.as_str(),
        });
        self.translation(spoken)
            .map(|(tag, _)| tag)
            .or(stated)
            .and_then(language::normalise)
    }

    /// The content warning, as one line of plain text. The summary of an article is none, but an abstract.
    pub fn spoiler_text(&self) -> String {
        if !self.is_text() {
            return String::new();
        }
        loose::line_of_html(self.summary.as_deref().unwrap_or_default(), MAX_SUMMARY)
    }

    pub fn sensitive(&self) -> bool {
        self.sensitive
            || !self.spoiler_text().is_empty()
            || self.attachment.iter().any(|file| file.sensitive)
    }

    pub fn published(&self) -> Option<Written> {
        self.published.as_deref().and_then(time::read)
    }

    pub fn updated(&self) -> Option<Time> {
        self.updated.as_deref().and_then(time::parse)
    }

    /// The page for people, if there is one on the same server.
    pub fn page(&self) -> Option<String> {
        loose::page_of(&self.url, self.id.as_deref()?)
    }

    /// The ids of the actors in its Mention tags.
    pub fn mentions(&self) -> Vec<&str> {
        let hrefs = self
            .tag
            .iter()
            .filter(|tag| tag.is("Mention"))
            .filter_map(|tag| tag.href.as_deref());
        unique(hrefs)
    }

    /// The actors it was sent to or mentions, but for the public and the author's followers: those who may read it whatever
    /// its audience.
    pub fn recipients(&self, author_followers_url: &str) -> Vec<&str> {
        let addressed = self.to.iter().chain(&self.cc).map(String::as_str);
        let actors =
            addressed.filter(|address| !is_public(address) && *address != author_followers_url);
        unique(self.mentions().into_iter().chain(actors))
    }

    /// The names of its hashtags, folded.
    pub fn hashtags(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for tag in self.tag.iter().filter(|tag| tag.is("Hashtag")) {
            let name = tag.name.as_deref().unwrap_or_default();
            let name = hashtag::fold(name.strip_prefix('#').unwrap_or(name));
            if hashtag::valid(&name) && !names.contains(&name) && names.len() < MAX_HASHTAGS {
                names.push(name);
            }
        }
        names
    }
}

/// Each address once. They are as many as the size of an activity allows: whoever of them is here must not be missed, wherever
/// in the list.
fn unique<'a>(addresses: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    addresses
        .filter(|address| seen.insert(*address) && web_address(address).is_some())
        .collect()
}

#[cfg(test)]
mod tests;
