//! What the handles and hashtags of one source mean. Filled by whoever looked them up; rendering only reads it.

use super::{handle::Handle, hashtag};
use std::collections::HashMap;

/// The account that a handle stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionTarget {
    /// The page of the profile, for people to open.
    pub url: String,
    pub username: String,
    /// `alice@b.test`, shown when two accounts of one name are mentioned.
    pub full_acct: String,
}

/// Handles and hashtags that were found. What is not in here stays plain text.
#[derive(Debug, Clone, Default)]
pub struct Resolver {
    mentions: HashMap<String, MentionTarget>,
    hashtags: HashMap<String, String>,
}

impl Resolver {
    pub fn new() -> Self {
        Self::default()
    }

    /// `handle` as it stands in the source; `@alice` and `@alice@here.test` are two entries even where they mean one account, and
    /// so are `@garden` and `!garden`.
    pub fn add_mention(&mut self, handle: &Handle, target: MentionTarget) {
        self.mentions.insert(handle.key(), target);
    }

    /// `name` without `#`, in any spelling; `url` is the page that lists its posts.
    pub fn add_hashtag(&mut self, name: &str, url: String) {
        self.hashtags.insert(hashtag::fold(name), url);
    }

    pub fn mention(&self, handle: &Handle) -> Option<&MentionTarget> {
        self.mentions.get(&handle.key())
    }

    pub fn hashtag(&self, name: &str) -> Option<&str> {
        self.hashtags.get(&hashtag::fold(name)).map(String::as_str)
    }

    /// The name to show after `@` or `!`: short, unless the source also mentions somebody else of that name.
    pub(super) fn shown_name<'a>(&self, target: &'a MentionTarget) -> &'a str {
        let namesake = self.mentions.values().any(|other| {
            other.username.eq_ignore_ascii_case(&target.username)
                && !other.full_acct.eq_ignore_ascii_case(&target.full_acct)
        });
        if namesake {
            &target.full_acct
        } else {
            &target.username
        }
    }
}
