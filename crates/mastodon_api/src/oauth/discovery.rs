//! What the authorization server can do (RFC 8414). <https://docs.joinmastodon.org/methods/oauth/#authorization-server-metadata>

use actix_web::web::{Data, Json};
use kontor_actions::App;
use kontor_domain::scope;
use serde_json::{Value, json};

pub(crate) async fn discovery(app: Data<App>) -> Json<Value> {
    let site = &app.site;
    Json(json!({
        "issuer": site.url("/"),
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": site.url("/oauth/authorize"),
        "token_endpoint": site.url("/oauth/token"),
        "revocation_endpoint": site.url("/oauth/revoke"),
        "userinfo_endpoint": site.url("/oauth/userinfo"),
        "app_registration_endpoint": site.url("/api/v1/apps"),
        "scopes_supported": scope::known(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}
