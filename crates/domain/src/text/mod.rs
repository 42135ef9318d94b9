//! The text of posts and profiles: what is in it, how it becomes HTML, and what of a peer's HTML is kept. Storing it is elsewhere.
//!
//! Three forms are in play. The *source* is what a person typed (plain text or Markdown). [`Html`] is what [`render_plain`] and
//! [`render_markdown`] make of it. HTML that came from a peer is a string until [`sanitise`] has seen it.

mod count;
pub mod framing;
pub mod handle;
pub mod hashtag;
mod html;
mod iso639;
pub mod language;
mod link;
mod links;
mod markdown;
mod paragraphs;
mod plain;
mod prune;
mod resolver;
mod sanitise;
mod scan;
mod segment;
mod tokens;
mod words;

#[cfg(test)]
mod hostile;

pub use count::{LINK_LENGTH, count_characters};
pub use handle::{Handle, HandleError};
pub use html::Html;
pub use links::links;
pub use markdown::{render_markdown, scan_markdown};
pub use paragraphs::render_plain;
pub use plain::{excerpt, plain, plain_of_clean};
pub use resolver::{MentionTarget, Resolver};
pub use sanitise::sanitise;
pub use scan::{Found, scan};
pub use words::{Phrase, beginning, phrase, words};
