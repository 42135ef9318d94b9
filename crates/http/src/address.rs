//! Who is at the other end: the address of the client, as far as it can be believed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::HeaderMap, web::Data};
use futures_util::future::{Ready, ok};
use ipnet::{IpNet, Ipv6Net};

use crate::Settings;

/// The address that a request comes from. `X-Forwarded-For` counts only as far as it was written by trusted proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    pub fn find(peer: Option<SocketAddr>, headers: &HeaderMap, settings: &Settings) -> Self {
        // Without a peer address (a test, a Unix socket) all are one.
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
            peer.ip().to_canonical()
        });
        let trusted = |address: &IpAddr| {
            settings
                .trusted_proxies
                .iter()
                .any(|net: &IpNet| net.contains(address))
        };
        if !trusted(&peer) {
            return Self(peer);
        }
        let forwarded: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .collect();
        // Each proxy appends whom it talked to: read from the end, the first that is no proxy of ours is the client.
        let mut client = peer;
        for hop in forwarded.iter().rev() {
            let Some(address) = parse(hop.trim()) else {
                break;
            };
            client = address;
            if !trusted(&address) {
                break;
            }
        }
        Self(client)
    }

    /// What limits count by: an IPv6 customer has a whole /64.
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V6(address) => {
                Ipv6Net::new(address, 64).map_or(self.0, |net| IpAddr::V6(net.network()))
            }
            IpAddr::V4(_) => self.0,
        }
    }
}

impl std::fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Some proxies add a port.
fn parse(hop: &str) -> Option<IpAddr> {
    let address = hop
        .parse()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

impl FromRequest for ClientAddress {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = match req.app_data::<Data<Settings>>() {
            Some(settings) => Self::find(req.peer_addr(), req.headers(), settings),
            None => Self::find(req.peer_addr(), req.headers(), &Settings::default()),
        };
        ok(found)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn found(peer: &str, forwarded: &[&str]) -> String {
        let settings = Settings {
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
            ..Settings::default()
        };
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_str(line).unwrap(),
            );
        }
        ClientAddress::find(Some(peer.parse().unwrap()), &headers, &settings).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(found("192.0.2.1:5", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(found("10.1.2.3:5", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(
            found("10.1.2.3:5", &["198.51.100.1, 203.0.113.9, 10.9.9.9"]),
            "203.0.113.9"
        );
        assert_eq!(
            found("10.1.2.3:5", &["198.51.100.1", "203.0.113.9"]),
            "203.0.113.9"
        );
        assert_eq!(found("[::1]:5", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(found("10.1.2.3:5", &["nonsense"]), "10.1.2.3");
        assert_eq!(
            found("10.1.2.3:5", &["198.51.100.1, nonsense, 10.9.9.9"]),
            "10.9.9.9"
        );
        assert_eq!(
            found("[::ffff:10.1.2.3]:5", &["::ffff:203.0.113.9"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn an_ipv6_customer_is_one() {
        let network = |address: &str| {
            ClientAddress(address.parse().unwrap())
                .network()
                .to_string()
        };
        assert_eq!(network("2001:db8:1:2:aaaa::1"), "2001:db8:1:2::");
        assert_eq!(network("203.0.113.9"), "203.0.113.9");
    }
}
