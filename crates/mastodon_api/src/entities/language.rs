//! The languages of ISO 639-1 by their English names, for clients to choose from.
//! <https://docs.joinmastodon.org/methods/instance/#languages>

use kontor_domain::text::language;
use serde::Serialize;

#[derive(Debug, Clone, Copy, Serialize)]
pub struct Language {
    pub code: &'static str,
    pub name: &'static str,
}

impl Language {
    pub fn all() -> Vec<Self> {
        let one = |&(code, name): &(&'static str, &'static str)| Self { code, name };
        language::NAMES.iter().map(one).collect()
    }
}
