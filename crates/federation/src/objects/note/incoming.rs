//! A peer's Note: read loosely, checked strictly. Looking up who it mentions and what it answers is elsewhere.

use std::collections::HashSet;

use activitypub_federation::protocol::helpers::deserialize_skip_error;
use kontor_domain::{
    audience::Audience,
    site::same_authority,
    text::{hashtag, language},
    time::{self, Time},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::objects::{
    Unfit, is_public,
    loose::{self, Link, web_address},
};

/// Our own authors have less; peers go to 100 000 characters with markup.
const MAX_CONTENT_BYTES: usize = 200_000;
const MAX_SUMMARY: usize = 1000;
const MAX_HASHTAGS: usize = 60;

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
    #[serde(deserialize_with = "loose::list")]
    tag: Vec<IncomingTag>,
    /// A word, or Lemmy's `{identifier, name}`.
    #[serde(deserialize_with = "deserialize_skip_error")]
    language: Option<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct IncomingTag {
    #[serde(rename = "type", deserialize_with = "loose::words")]
    kind: Vec<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    href: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    name: Option<String>,
}

impl IncomingTag {
    fn is(&self, kind: &str) -> bool {
        self.kind.iter().any(|word| word == kind)
    }
}

/// The two without which a note is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    pub id: &'a str,
    pub author: &'a str,
}

impl IncomingNote {
    /// Any object reads; what it lacks is found by [`check`](Self::check).
    pub fn read(value: Value) -> Result<Self, Unfit> {
        serde_json::from_value(value).map_err(|why| Unfit::new("object", why.to_string()))
    }

    /// Is it a Note with an id, by an author on the same server (FEDERATION: T11)? Whether it came from that server is
    /// asked by who fetched it or checked its signature.
    pub fn check(&self) -> Result<Identity<'_>, Unfit> {
        if !self.is_note() {
            return Err(Unfit::new("type", "is not Note"));
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

    pub fn is_note(&self) -> bool {
        self.kind.iter().any(|word| word == "Note")
    }

    /// A vote in a poll comes as a Note with a name and without content (FEDERATION: P11); it is no post.
    pub fn is_vote(&self) -> bool {
        self.name.is_some()
            && self.in_reply_to.is_some()
            && self.content.is_none()
            && self.content_map.is_empty()
    }

    /// FEDERATION: P2. An author without a followers collection has none to write to.
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

    /// The content as it is stored: sanitised HTML.
    pub fn html(&self) -> String {
        let content = self
            .content
            .as_deref()
            .or_else(|| self.translation().map(|(_, content)| content));
        loose::html(content.unwrap_or_default(), MAX_CONTENT_BYTES)
    }

    /// The entry of `contentMap` that is the content; of several without a content, the first.
    fn translation(&self) -> Option<(&str, &str)> {
        let mut entries = self
            .content_map
            .iter()
            .filter_map(|(tag, content)| Some((tag.as_str(), content.as_str()?)));
        match &self.content {
            Some(content) => entries.find(|(_, translation)| translation == content),
            None => entries.next(),
        }
    }

    /// In the form in which languages are stored.
    pub fn language(&self) -> Option<String> {
        let stated = self.language.as_ref().and_then(|language| match language {
            Value::String(tag) => Some(tag.as_str()),
            other => other.get("identifier")?.as_str(),
        });
        self.translation()
            .map(|(tag, _)| tag)
            .or(stated)
            .and_then(language::normalise)
    }

    /// The content warning, as one line of plain text.
    pub fn spoiler_text(&self) -> String {
        loose::line_of_html(self.summary.as_deref().unwrap_or_default(), MAX_SUMMARY)
    }

    pub fn sensitive(&self) -> bool {
        self.sensitive || !self.spoiler_text().is_empty()
    }

    pub fn published(&self) -> Option<Time> {
        self.published.as_deref().and_then(time::parse)
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
