//! What HTTP is bounded by. The names and defaults of most stand in `config.example.toml`.

use ipnet::IpNet;

#[derive(Debug, Clone)]
pub struct Settings {
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Bytes of a request's body, files and all.
    pub body_bytes: usize,
    /// Named values in a query or a body.
    pub params: usize,
    /// How deep they are nested: `a[b][c]` is three.
    pub nesting: usize,
    /// Requests of one token or one address; 0 turns the limit off.
    pub requests_per_5_minutes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            body_bytes: 16 * 1024 * 1024,
            params: 1000,
            nesting: 8,
            requests_per_5_minutes: 300,
        }
    }
}
