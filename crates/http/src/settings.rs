//! What HTTP is bounded by. The names and defaults of most stand in `config.example.toml`.

use std::time::Duration;

use actix_web::{HttpRequest, web::Data};
use ipnet::IpNet;

#[derive(Debug, Clone)]
pub struct Settings {
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Bytes of a request's body, files and all.
    pub body_bytes: usize,
    /// The whole of it must have arrived within so long.
    pub body_timeout: Duration,
    /// Named values in a query or a body.
    pub params: usize,
    /// How deep they are nested: `a[b][c]` is three.
    pub nesting: usize,
}

impl Settings {
    /// Those that the server was given, or the defaults.
    pub fn of(req: &HttpRequest) -> Self {
        req.app_data::<Data<Self>>()
            .map_or_else(Self::default, |settings| Self::clone(settings))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            body_bytes: 17 * 1024 * 1024,
            body_timeout: Duration::from_secs(120),
            params: 1000,
            nesting: 8,
        }
    }
}
