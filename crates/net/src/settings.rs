//! What the operator decides about outgoing connections. Reading it from a file is not done here.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The defaults suit a server on the open internet.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Plain `http` is for development and closed networks.
    pub allow_http: bool,
    /// Networks that may be reached although they are not public. URLs with an IP address for a host are accepted only inside these.
    pub allow_private_networks: Vec<IpNet>,
    /// `host` or `host:port`, as a URL writes it, to the address that is connected to instead. Without a port the default port
    /// of the scheme is meant. These addresses are not checked against the private ranges: the operator named them.
    pub hosts: BTreeMap<String, SocketAddr>,
    /// PEM files with certificate authorities that are trusted beside the system's.
    pub extra_ca_files: Vec<PathBuf>,
    pub user_agent: String,
    /// Name resolution, TCP and TLS together.
    pub connect_timeout: Duration,
    /// From the first lookup to the last byte of the body, redirects included.
    pub total_timeout: Duration,
    /// Counted after decompression.
    pub max_body_bytes: usize,
    pub max_redirects: usize,
}

impl Settings {
    /// For a client that asks nobody but whom the operator named: wherever that is, and without TLS if they say so. Whoever is handed
    /// such a client must take no address from anybody else.
    pub fn for_the_operators_own() -> Self {
        Self {
            allow_http: true,
            allow_private_networks: vec![Ipv4Net::default().into(), Ipv6Net::default().into()],
            ..Self::default()
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_http: false,
            allow_private_networks: Vec::new(),
            hosts: BTreeMap::new(),
            extra_ca_files: Vec::new(),
            user_agent: concat!("Kontor/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(10),
            max_body_bytes: 1024 * 1024,
            max_redirects: 3,
        }
    }
}
