//! <https://docs.joinmastodon.org/entities/Filter/>, `FilterKeyword`, `FilterStatus`, `FilterResult`, `V1_Filter`

use kontor_actions::filters::{self, Caught, FilterPost, FilterView, Keyword};
use kontor_domain::{
    filter::{FilterAction, FilterContext},
    time::rfc3339,
};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Filter {
    #[serde(flatten)]
    pub about: FilterAbout,
    pub keywords: Vec<FilterKeyword>,
    pub statuses: Vec<FilterStatus>,
}

/// A filter without what it catches: what a post that is caught says of it.
#[derive(Debug, Clone, Serialize)]
pub struct FilterAbout {
    pub id: String,
    pub title: String,
    pub context: Vec<FilterContext>,
    pub expires_at: Option<String>,
    pub filter_action: FilterAction,
}

#[derive(Debug, Clone, Serialize)]
pub struct FilterKeyword {
    pub id: String,
    pub keyword: String,
    pub whole_word: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct FilterStatus {
    pub id: String,
    pub status_id: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct FilterResult {
    pub filter: FilterAbout,
    /// `null`: none.
    pub keyword_matches: Option<Vec<String>>,
    pub status_matches: Option<Vec<String>>,
}

#[derive(Debug, Clone, Serialize)]
pub struct V1Filter {
    pub id: String,
    pub phrase: String,
    pub context: Vec<FilterContext>,
    pub whole_word: bool,
    pub expires_at: Option<String>,
    pub irreversible: bool,
}

/// As `actions` keeps them.
fn contexts(filter: &filters::Filter) -> Vec<FilterContext> {
    serde_json::from_str(&filter.contexts).unwrap_or_default()
}

impl From<&filters::Filter> for FilterAbout {
    fn from(filter: &filters::Filter) -> Self {
        Self {
            id: filter.id.to_string(),
            title: filter.title.clone(),
            context: contexts(filter),
            expires_at: filter.expires_at.map(rfc3339),
            filter_action: filter.action,
        }
    }
}

impl From<&FilterView> for Filter {
    fn from(view: &FilterView) -> Self {
        Self {
            about: FilterAbout::from(&view.filter),
            keywords: view.keywords.iter().map(FilterKeyword::from).collect(),
            statuses: view.posts.iter().map(FilterStatus::from).collect(),
        }
    }
}

impl From<&Keyword> for FilterKeyword {
    fn from(row: &Keyword) -> Self {
        Self {
            id: row.id.to_string(),
            keyword: row.keyword.clone(),
            whole_word: row.whole_word,
        }
    }
}

impl From<&FilterPost> for FilterStatus {
    fn from(row: &FilterPost) -> Self {
        Self {
            id: row.id.to_string(),
            status_id: row.post_id.to_string(),
        }
    }
}

impl FilterResult {
    /// `post` is the one that was caught.
    pub fn new(post: kontor_domain::ids::PostId, caught: &Caught) -> Self {
        Self {
            filter: FilterAbout::from(&caught.filter),
            keyword_matches: Some(caught.keywords.clone()).filter(|list| !list.is_empty()),
            status_matches: caught.post.then(|| vec![post.to_string()]),
        }
    }
}

impl V1Filter {
    pub fn new(filter: &filters::Filter, keyword: &Keyword) -> Self {
        Self {
            id: keyword.id.to_string(),
            phrase: keyword.keyword.clone(),
            context: contexts(filter),
            whole_word: keyword.whole_word,
            expires_at: filter.expires_at.map(rfc3339),
            irreversible: filter.action == FilterAction::Hide,
        }
    }
}
