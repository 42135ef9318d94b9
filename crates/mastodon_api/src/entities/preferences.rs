//! <https://docs.joinmastodon.org/entities/Preferences/>

use kontor_actions::accounts::User;
use kontor_domain::quote::QuotePolicy;
use serde::Serialize;

use super::Visibility;

#[derive(Debug, Clone, Serialize)]
pub struct Preferences {
    #[serde(rename = "posting:default:visibility")]
    pub visibility: Visibility,
    #[serde(rename = "posting:default:sensitive")]
    pub sensitive: bool,
    #[serde(rename = "posting:default:language")]
    pub language: Option<String>,
    #[serde(rename = "posting:default:quote_policy")]
    pub quote_policy: QuotePolicy,
    /// How a client shows what it reads is set in the client.
    #[serde(rename = "reading:expand:media")]
    pub expand_media: &'static str,
    #[serde(rename = "reading:expand:spoilers")]
    pub expand_spoilers: bool,
    #[serde(rename = "reading:autoplay:gifs")]
    pub autoplay_gifs: bool,
}

impl From<&User> for Preferences {
    fn from(user: &User) -> Self {
        Self {
            visibility: user.default_audience.into(),
            sensitive: user.default_sensitive,
            language: user.default_language.clone(),
            quote_policy: user.default_quote_policy,
            expand_media: "default",
            expand_spoilers: false,
            autoplay_gifs: false,
        }
    }
}
