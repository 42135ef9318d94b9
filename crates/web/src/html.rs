//! The one place where HTML goes into a page unescaped: what was rendered here or sanitised when it arrived.

use std::fmt;

use askama::filters::HtmlSafe;
use kontor_actions::{accounts::Account, announcements::AnnouncementView, posts::Post};
use kontor_domain::account::Field;

/// HTML of a post or a profile, which `domain::text` rendered or sanitised before it was kept. Everything else on a page is text
/// and is escaped by the templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sanitised(String);

impl Sanitised {
    pub fn content(post: &Post) -> Self {
        Self(post.content.clone())
    }

    pub fn note(account: &Account) -> Self {
        Self(account.note.clone())
    }

    pub fn value(field: &Field) -> Self {
        Self(field.value.clone())
    }

    pub fn announcement(view: &AnnouncementView) -> Self {
        Self(view.html.clone())
    }

    /// A text that the operators wrote as Markdown.
    pub fn operators(html: &str) -> Self {
        Self(html.to_owned())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Sanitised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Sanitised {}
