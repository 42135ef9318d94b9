//! <https://docs.joinmastodon.org/entities/Application/>

use kontor_actions::oauth;
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Application {
    pub id: String,
    pub name: String,
    pub website: Option<String>,
    pub scopes: Vec<String>,
    /// All of them, one a line.
    pub redirect_uri: String,
    pub redirect_uris: Vec<String>,
    /// Empty while there is no push.
    pub vapid_key: &'static str,
}

/// With its secret, which is shown once.
#[derive(Debug, Clone, Serialize)]
pub struct CredentialApplication {
    #[serde(flatten)]
    pub application: Application,
    pub client_id: String,
    pub client_secret: String,
    /// Never.
    pub client_secret_expires_at: u8,
}

impl From<oauth::Application> for Application {
    fn from(row: oauth::Application) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name,
            website: row.website,
            scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
            redirect_uris: row.redirect_uris.lines().map(str::to_owned).collect(),
            redirect_uri: row.redirect_uris,
            vapid_key: "",
        }
    }
}

impl From<oauth::Registered> for CredentialApplication {
    fn from(registered: oauth::Registered) -> Self {
        Self {
            client_id: registered.application.client_id.clone(),
            client_secret: registered.client_secret,
            client_secret_expires_at: 0,
            application: registered.application.into(),
        }
    }
}
