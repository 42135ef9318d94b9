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
    pub vapid_key: String,
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

impl Application {
    /// `push_key`: what clients check pushes against.
    pub fn new(row: oauth::Application, push_key: String) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name,
            website: row.website,
            scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
            redirect_uris: row.redirect_uris.lines().map(str::to_owned).collect(),
            redirect_uri: row.redirect_uris,
            vapid_key: push_key,
        }
    }
}

impl CredentialApplication {
    pub fn new(registered: oauth::Registered, push_key: String) -> Self {
        Self {
            client_id: registered.application.client_id.clone(),
            client_secret: registered.client_secret,
            client_secret_expires_at: 0,
            application: Application::new(registered.application, push_key),
        }
    }
}
