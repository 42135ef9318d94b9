//! What the filters of a reader catch in posts that are shown to them.

use kontor_domain::{
    filter::Haystack,
    ids::{AccountId, FilterId, PostId},
    text::plain,
    time::Time,
};
use kontor_store::{
    Conn,
    filters::{self, Filter, FilterPost, Keyword},
};

use crate::{Result, posts::PostView};

/// A filter, and what of it a post has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    pub filter: Filter,
    pub keywords: Vec<String>,
    /// Is the post caught by itself?
    pub post: bool,
}

/// The filters of a reader that have not ended, ready to be held against a page of posts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sieve {
    filters: Vec<(Filter, Vec<Keyword>)>,
    posts: Vec<FilterPost>,
}

impl Sieve {
    /// Three queries at most, however many filters and posts there are.
    pub(crate) fn load(
        db: &mut Conn,
        reader: AccountId,
        now: Time,
        posts: &[PostId],
    ) -> Result<Self> {
        let mut rows = filters::by_account(db, reader)?;
        rows.retain(|filter| filter.expires_at.is_none_or(|at| at > now));
        if rows.is_empty() {
            return Ok(Self::default());
        }
        let ids: Vec<FilterId> = rows.iter().map(|filter| filter.id).collect();
        let keywords = filters::keywords(db, &ids)?;
        Ok(Self {
            posts: filters::posts_among(db, &ids, posts)?,
            filters: rows
                .into_iter()
                .map(|filter| {
                    let own = keywords.iter().filter(|row| row.filter_id == filter.id);
                    let own = own.cloned().collect();
                    (filter, own)
                })
                .collect(),
        })
    }

    /// In the order in which the filters were made. A boost is caught by what it boosts.
    pub(crate) fn catch(&self, view: &PostView) -> Vec<Caught> {
        if self.filters.is_empty() {
            return Vec::new();
        }
        let text = Haystack::new(&words(view));
        let caught = self.filters.iter().map(|(filter, keywords)| Caught {
            keywords: keywords
                .iter()
                .filter(|row| text.holds(&row.keyword, row.whole_word))
                .map(|row| row.keyword.clone())
                .collect(),
            post: self
                .posts
                .iter()
                .any(|row| row.filter_id == filter.id && row.post_id == view.post.id),
            filter: filter.clone(),
        });
        caught
            .filter(|caught| caught.post || !caught.keywords.is_empty())
            .collect()
    }
}

/// Everything that is said in a post, to be looked through.
fn words(view: &PostView) -> String {
    let mut text = plain(&view.post.content);
    let mut add = |more: &str| {
        text.push('\n');
        text.push_str(more);
    };
    add(&view.post.spoiler_text);
    for file in &view.parts.attachments {
        add(file.description.as_deref().unwrap_or_default());
    }
    for choice in view.parts.poll.iter().flat_map(|poll| &poll.choices) {
        add(&choice.title);
    }
    text
}
