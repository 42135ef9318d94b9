//! Texts of the operators. <https://docs.joinmastodon.org/entities/ExtendedDescription/>,
//! <https://docs.joinmastodon.org/entities/PrivacyPolicy/>, <https://docs.joinmastodon.org/entities/TermsOfService/>

use kontor_actions::{About, Document as Text, Terms};
use kontor_domain::time::{Day, rfc3339};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Document {
    pub updated_at: String,
    pub content: String,
}

impl From<&Text> for Document {
    fn from(text: &Text) -> Self {
        Self {
            updated_at: rfc3339(text.updated_at),
            content: text.html.clone(),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct TermsOfService {
    pub effective_date: String,
    pub effective: bool,
    pub content: String,
    pub succeeded_by: Option<String>,
}

impl TermsOfService {
    pub fn new(about: &About, terms: &Terms, today: Day) -> Self {
        Self {
            effective_date: terms.effective.to_string(),
            effective: terms.effective <= today,
            content: terms.html.clone(),
            succeeded_by: about
                .successor(terms)
                .map(|next| next.effective.to_string()),
        }
    }
}
