//! <https://docs.joinmastodon.org/entities/Token/>

use kontor_actions::oauth::Issued;
use kontor_domain::time::millis;
use serde::Serialize;

#[derive(Clone, Serialize)]
pub struct Token {
    pub access_token: String,
    pub token_type: &'static str,
    pub scope: String,
    /// Seconds since 1970.
    pub created_at: i64,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl From<Issued> for Token {
    fn from(issued: Issued) -> Self {
        Self {
            access_token: issued.text,
            token_type: "Bearer",
            scope: issued.token.scopes,
            created_at: millis(issued.token.created_at).div_euclid(1000),
        }
    }
}
